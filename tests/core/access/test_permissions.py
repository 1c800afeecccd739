from __future__ import annotations

import itertools

import pytest

from botyard.core.access import ROLE_PERMISSIONS, Permission, Role
from botyard.core.access.permissions import ATTEMPT_PERMISSIONS, ENDED_ATTEMPT_PERMISSIONS, RUNNER_PERMISSIONS


class TestRoles:
    def test_each_holds_all_of_the_one_before(self) -> None:
        for lesser, greater in itertools.pairwise(Role):
            assert ROLE_PERMISSIONS[lesser] < ROLE_PERMISSIONS[greater]

    def test_operators_cannot_deploy_code(self) -> None:
        operator = ROLE_PERMISSIONS[Role.OPERATOR]
        assert not operator & {Permission.PACKAGES_WRITE, Permission.AUTOMATIONS_WRITE}

    def test_viewers_change_nothing_and_see_no_logs_or_files(self) -> None:
        assert ROLE_PERMISSIONS[Role.VIEWER] == {
            Permission.TASKS_READ,
            Permission.AUTOMATIONS_READ,
            Permission.RUNNERS_READ,
            Permission.QUEUES_READ,
            Permission.INTEGRATIONS_READ,
            Permission.TABLES_READ,
        }

    def test_no_person_may_act_as_a_runner(self) -> None:
        assert all(Permission.RUNNER_WORK not in allowed for allowed in ROLE_PERMISSIONS.values())

    @pytest.mark.parametrize("machine", [RUNNER_PERMISSIONS, ATTEMPT_PERMISSIONS, ENDED_ATTEMPT_PERMISSIONS])
    def test_machines_cannot_mint_or_manage(self, machine: frozenset[Permission]) -> None:
        assert not machine & {
            Permission.KEYS_MANAGE,
            Permission.USERS_MANAGE,
            Permission.RUNNERS_MANAGE,
            Permission.RUNNER_JOIN,
            Permission.WORKSPACE_MANAGE,
            Permission.AUTOMATIONS_WRITE,
            Permission.PACKAGES_WRITE,
        }
