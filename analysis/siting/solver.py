"""Linear programs with whole numbers, solved by HiGHS to a stated gap, always the same way."""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from geo.errors import NakapotsuError
from geo.routing import FloatArray, IntArray

RANDOM_SEED = 1
_FEASIBILITY_TOLERANCE = 1e-9


class SolverError(NakapotsuError, RuntimeError):
    """The solver stopped without an answer although the program may have one."""


@dataclass(frozen=True)
class Answer:
    """What the solver found.

    Attributes
    ----------
    values
        Shape (columns,); whole numbers are exact.
    objective, bound
        Of the program: what was found, and what nothing can surpass.
    gap
        ``|objective - bound| / |objective|``; 0 where the optimum is proved.
    is_proved
        Whether the solver ended within the gap that was asked for, not at the time limit.
    """

    values: FloatArray
    objective: float
    bound: float
    gap: float
    is_proved: bool


class Program:
    """A program to be minimised, put together from blocks of columns and rows."""

    def __init__(self) -> None:
        self._costs: list[FloatArray] = []
        self._bounds: list[tuple[FloatArray, FloatArray]] = []
        self._is_whole: list[npt.NDArray[np.bool_]] = []
        self._rows: list[tuple[FloatArray, FloatArray]] = []
        self._entries: list[tuple[IntArray, IntArray, FloatArray]] = []
        self.column_count = 0
        self.row_count = 0

    def add_columns(
        self,
        cost: npt.ArrayLike,
        lower: npt.ArrayLike = 0.0,
        upper: npt.ArrayLike = 1.0,
        *,
        is_whole: bool = False,
    ) -> IntArray:
        """Add columns and return their positions; bounds are one for each or one for all."""
        costs = np.atleast_1d(np.asarray(cost, dtype=float))
        count = len(costs)
        self._costs.append(costs)
        self._bounds.append((np.broadcast_to(lower, count).astype(float), np.broadcast_to(upper, count).astype(float)))
        self._is_whole.append(np.full(count, is_whole))
        self.column_count += count
        return np.arange(self.column_count - count, self.column_count)

    def add_rows(
        self,
        row: npt.ArrayLike,
        column: npt.ArrayLike,
        value: npt.ArrayLike,
        lower: npt.ArrayLike,
        upper: npt.ArrayLike,
    ) -> None:
        """Add rows ``lower <= sum(value * column) <= upper``, entry by entry; ``row`` counts from 0 in this block."""
        lowers, uppers = np.atleast_1d(np.asarray(lower, dtype=float)), np.atleast_1d(np.asarray(upper, dtype=float))
        count = len(lowers) if np.ndim(lower) else len(uppers)
        rows = np.asarray(row, dtype=np.int64) + self.row_count
        values = np.broadcast_to(np.asarray(value, dtype=float), rows.shape)
        self._entries.append((rows, np.asarray(column, dtype=np.int64), values))
        self._rows.append((np.broadcast_to(lowers, count), np.broadcast_to(uppers, count)))
        self.row_count += count

    def add_row(self, column: IntArray, value: npt.ArrayLike, lower: float, upper: float) -> None:
        """Add one row."""
        self.add_rows(np.zeros(len(column), dtype=np.int64), column, value, lower, upper)

    def minimise(
        self,
        *,
        gap: float = 0.0,
        time_limit_s: float = np.inf,
        cost: FloatArray | None = None,
        relaxed: bool = False,
        start: IntArray | None = None,
        branch_at_once: bool = False,
    ) -> Answer | None:
        """Solve; None where nothing fulfils the rows.

        Parameters
        ----------
        gap
            The relative gap to stop at; 0 for the proved optimum.
        time_limit_s
            Seconds after which the best answer so far is taken.
        cost
            Shape (columns,); what to minimise instead of the costs of the columns.
        relaxed
            Leave out that numbers be whole.
        start
            The columns of whole numbers that are 1 in a known answer, all others being 0; HiGHS works out the rest of
            it, and goes on without where the rows do not allow it.
        branch_at_once
            Without heuristics and without trying out branches first: for a program whose relaxations take long and
            whose tree is small.

        Raises
        ------
        SolverError
            If the time ended before any answer, or the solver failed.
        """
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
        options: Sequence[tuple[str, bool | int | float | str]] = (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", RANDOM_SEED),
            ("mip_rel_gap", gap),
            ("mip_abs_gap", 0.0 if gap == 0 else 1e-6),
            ("mip_feasibility_tolerance", _FEASIBILITY_TOLERANCE),
            ("primal_feasibility_tolerance", _FEASIBILITY_TOLERANCE),
            ("time_limit", time_limit_s),
            *((("mip_heuristic_effort", 0.0), ("mip_pscost_minreliable", 0)) if branch_at_once else ()),
        )
        for name, value in options:
            highs.setOptionValue(name, value)
        is_whole = np.concatenate(self._is_whole) & (not relaxed)
        highs.passModel(self._linear_program(np.concatenate(self._costs) if cost is None else cost, is_whole))
        if start is not None:
            whole = np.flatnonzero(is_whole).astype(np.int32)
            highs.setSolution(len(whole), whole, np.isin(whole, start).astype(float))
        highs.run()
        status = highs.getModelStatus()
        statuses = highspy.HighsModelStatus
        if status in (statuses.kInfeasible, statuses.kUnboundedOrInfeasible):
            return None
        info = highs.getInfo()
        is_proved = status in (statuses.kOptimal, statuses.kModelEmpty)
        if not is_proved and (status != statuses.kTimeLimit or info.primal_solution_status != 2):
            raise SolverError(
                f"HiGHS: {highs.modelStatusToString(status)}。制限時間を延ばすか、問題を小さくしてください。 / "
                "no answer was found. Allow more time, or make the problem smaller."
            )
        values = np.asarray(highs.getSolution().col_value, dtype=float)
        values[is_whole] = np.round(values[is_whole])
        objective = float(info.objective_function_value)
        bound = float(info.mip_dual_bound) if is_whole.any() else objective
        distance = abs(objective - bound)
        found_gap = 0.0 if is_proved and gap == 0 else distance / abs(objective) if objective else float(distance > 0)
        return Answer(values, objective, bound, found_gap, is_proved)

    def _linear_program(self, cost: FloatArray, is_whole: npt.NDArray[np.bool_]) -> highspy.HighsLp:
        lower, upper = (np.concatenate([bounds[i] for bounds in self._bounds]) for i in (0, 1))
        row, column, value = (np.concatenate([entry[i] for entry in self._entries]) for i in (0, 1, 2))
        matrix = sparse.coo_matrix((value, (row, column)), shape=(self.row_count, self.column_count)).tocsr()
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = self.column_count, self.row_count
        program.col_cost_, program.col_lower_, program.col_upper_ = cost, lower, upper
        program.row_lower_ = np.concatenate([rows[0] for rows in self._rows])
        program.row_upper_ = np.concatenate([rows[1] for rows in self._rows])
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
        program.a_matrix_.value_ = matrix.data
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        program.integrality_ = [kinds[int(whole)] for whole in is_whole]
        return program
