"""What a program may be asked for beside its optimum: without whole numbers, from a known answer, branching at once."""

import numpy as np
import pytest

from analysis.siting.solver import Program, SolverError


def triangle() -> Program:
    """Cover the three sides of a triangle by its corners: two are needed, three halves without whole numbers."""
    program = Program()
    corner = program.add_columns(np.ones(3), is_whole=True)
    program.add_rows([0, 0, 1, 1, 2, 2], corner[[0, 1, 1, 2, 2, 0]], 1.0, np.ones(3), np.inf)
    return program


def test_without_whole_numbers_the_bound_is_lower_and_values_are_not_rounded() -> None:
    answer = triangle().minimise(relaxed=True)
    assert answer is not None
    assert answer.bound == answer.objective == pytest.approx(1.5)
    assert answer.values == pytest.approx([0.5, 0.5, 0.5])


@pytest.mark.parametrize("start", [[0, 1], [0, 1, 2], [0], []])
@pytest.mark.parametrize("branch_at_once", [False, True])
def test_no_start_changes_the_optimum(start: list[int], branch_at_once: bool) -> None:
    answer = triangle().minimise(start=np.asarray(start, dtype=np.int64), branch_at_once=branch_at_once)
    assert answer is not None
    assert (answer.objective, answer.bound, answer.is_proved) == (2, 2, True)


def test_a_start_is_the_answer_when_the_time_is_up_at_once() -> None:
    with pytest.raises(SolverError, match="Allow more time"):
        triangle().minimise(time_limit_s=0.0)
    answer = triangle().minimise(start=np.asarray([0, 1, 2], dtype=np.int64), time_limit_s=0.0)
    assert answer is not None
    assert answer.values.tolist() == [1, 1, 1]
    assert not answer.is_proved
