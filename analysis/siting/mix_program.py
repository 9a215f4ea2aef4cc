"""A mix as a program of whole numbers: one choice for each municipality, satellites with what they hold and cost."""

from dataclasses import dataclass

import numpy as np

from analysis.models.terms import full_time_hours
from analysis.siting.mix_amounts import AMOUNTS
from analysis.siting.mix_choices import Choices
from analysis.siting.mix_problem import MixProblem
from analysis.siting.problem import BoolArray
from analysis.siting.solver import Answer, Program
from geo.routing import FloatArray, IntArray


@dataclass(frozen=True)
class Columns:
    """Positions of the columns: of the choices, and of the satellites, open or not and their idle paid hours."""

    choice: IntArray
    site: IntArray
    standby: IntArray

    def read(self, answer: Answer, choices: Choices) -> tuple[IntArray, BoolArray]:
        """Return the positions of the choices made, by municipality, and which satellites are open."""
        chosen = np.flatnonzero(answer.values[self.choice] > 0.5)
        return chosen[np.argsort(choices.place[chosen])], answer.values[self.site] > 0.5


def make_program(problem: MixProblem) -> tuple[Program, Columns, FloatArray]:
    """State the problem but for what is optimised; return also what every column adds to each amount."""
    choices, rules = problem.choices, problem.rules
    program = Program()
    x = program.add_columns(np.zeros(len(choices.place)), is_whole=True)
    y = program.add_columns(np.zeros(len(choices.sites)), is_whole=True)
    paid = np.asarray([site.paid_hours for site in choices.sites])
    standby = program.add_columns(np.zeros(len(choices.sites)), 0.0, paid)
    hour_jpy = problem.parameters["staff_cost_jpy_per_year"] / full_time_hours(problem.parameters)
    idle = np.zeros((len(choices.sites), len(AMOUNTS)))
    idle[:, AMOUNTS.index("hours")], idle[:, AMOUNTS.index("cost_jpy")] = 1.0, hour_jpy
    amounts = np.concatenate([choices.amounts, choices.site_fixed, idle])
    # One choice for each municipality.
    program.add_rows(choices.place, x, 1.0, np.ones(len(choices.codes)), np.ones(len(choices.codes)))
    if len(choices.sites):
        _add_site_rows(problem, program, Columns(x, y, standby))
    _add_centre_rows(problem, program, Columns(x, y, standby), amounts)
    if rules.max_extra_nights is not None:
        nights = amounts[:, AMOUNTS.index("nights")]
        most = problem.today["nights"] + rules.max_extra_nights
        program.add_row(np.arange(len(nights)), nights, -np.inf, most)
    return program, Columns(x, y, standby), amounts


def _add_site_rows(problem: MixProblem, program: Program, columns: Columns) -> None:
    """A satellite serves its own place and nobody unless open; what it takes fits; idle hours are paid."""
    choices, (x, y, standby) = problem.choices, (columns.choice, columns.site, columns.standby)
    served = np.flatnonzero(choices.site >= 0)
    site = choices.site[served]
    count = len(choices.sites)
    pair, of_pair = np.unique(np.column_stack([choices.place[served], site]), axis=0, return_inverse=True)
    of_pair = np.ravel(of_pair)
    host = np.asarray([choices.codes.index(item.code) for item in choices.sites])
    is_host = pair[:, 0] == host[pair[:, 1]]
    rows = np.concatenate([of_pair, np.arange(len(pair))])
    values = np.concatenate([np.ones(len(served)), -np.ones(len(pair))])
    lower = np.where(is_host, 0.0, -np.inf)
    program.add_rows(rows, np.concatenate([x[served], y[pair[:, 1]]]), values, lower, np.zeros(len(pair)))
    # A site whose own place has no choice with it cannot open.
    hosted = np.zeros(count, dtype=bool)
    hosted[pair[is_host, 1]] = True
    closed = np.flatnonzero(~hosted)
    if len(closed):
        program.add_row(y[closed], 1.0, 0.0, 0.0)
    capacity = np.asarray([item.capacity for item in choices.sites])
    presence = np.asarray([item.presence_hours for item in choices.sites])
    paid = np.asarray([item.paid_hours for item in choices.sites])
    numbers = np.arange(count)
    rows, cols = np.concatenate([site, numbers]), np.concatenate([x[served], y])
    taken = np.concatenate([choices.amount("taken")[served], -capacity])
    program.add_rows(rows, cols, taken, np.full(count, -np.inf), np.zeros(count))
    worked = np.concatenate([choices.amount("worked_hours")[served], presence - paid, np.ones(count)])
    rows, cols = np.concatenate([rows, numbers]), np.concatenate([cols, standby])
    # standby + worked + presence - paid >= 0 where the site is open
    program.add_rows(rows, cols, worked, np.zeros(count), np.inf)


def _add_centre_rows(problem: MixProblem, program: Program, columns: Columns, amounts: FloatArray) -> None:
    """For each centre: the staff hours there are, the floor of face-to-face contacts, the most satellites."""
    choices, rules, parameters = problem.choices, problem.rules, problem.parameters
    of_choice = np.asarray(choices.centre_ids)[choices.place]
    of_site = np.asarray([site.centre_id for site in choices.sites], dtype=object)
    of_column = np.concatenate([of_choice.astype(object), of_site, of_site])
    hours = amounts[:, AMOUNTS.index("hours")].copy()
    hours[columns.site] -= np.asarray([site.paid_hours for site in choices.sites])
    face = amounts[:, AMOUNTS.index("face_to_face")] - rules.face_to_face_floor * amounts[:, AMOUNTS.index("met")]
    most = parameters["satellite_max_sites"] if rules.max_sites is None else float(rules.max_sites)
    for centre, there in problem.hours_there.items():
        mine = np.flatnonzero(of_column == centre)
        program.add_row(mine, hours[mine], -np.inf, there)
        program.add_row(mine, face[mine], 0.0, np.inf)
        sites = columns.site[of_site == centre]
        if len(sites):
            program.add_row(sites, 1.0, -np.inf, np.floor(most))
