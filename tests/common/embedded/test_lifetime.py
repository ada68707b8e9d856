"""The servers live as long as somebody uses them, and no longer, whoever is killed."""

import os
import signal
import subprocess
import sys

import pytest

from common.embedded.processes import is_alive, wait_until
from tests.common.embedded.conftest import Checkout, all_gone, answers, value


def test_users_share_the_servers_until_the_last_one_is_killed(checkout: Checkout):
    alice, bob = checkout.use(), checkout.use()
    services = alice.wait()
    assert bob.wait() == services
    servers = checkout.servers

    alice.kill()
    assert answers(services)
    bob.kill()

    assert wait_until(lambda: all_gone(servers), 8)
    assert checkout.wait_until_quiet()


def test_last_user_who_releases_does_not_wait_for_the_grace_period(checkout: Checkout):
    alice, bob = checkout.use(), checkout.use()
    alice.wait()
    bob.wait()

    assert alice.release() is False
    assert bob.release() is True
    assert checkout.is_quiet()


def test_users_that_start_together_start_one_keeper(checkout: Checkout):
    users = [checkout.use() for _ in range(5)]
    addresses = [user.wait() for user in users]

    assert all(each == addresses[0] for each in addresses)
    log = (checkout.where.log / "keeper.log").read_text().splitlines()
    assert len({line.split("[")[1].split("]")[0] for line in log[-2:]}) == 1
    for user in users:
        user.kill()


def test_user_that_comes_while_the_servers_stop_gets_fresh_ones(checkout: Checkout):
    alice = checkout.use()
    alice.wait()
    keeper = checkout.keeper
    alice.kill()
    os.kill(keeper, signal.SIGUSR1)

    bob = checkout.use()
    assert answers(bob.wait())
    bob.release()


@pytest.mark.parametrize("victims", ["keeper", "keeper and witness", "everything"])
def test_kill_leaves_nothing_running_and_the_next_start_recovers(checkout: Checkout, victims: str):
    alice = checkout.use()
    services = alice.wait()
    name = "kept_" + victims.replace(" ", "_")
    with_owner = services["owner_database_url"]
    value(with_owner, f"CREATE TABLE IF NOT EXISTS {name} ()")
    servers = checkout.servers
    targets = {
        "keeper": [checkout.keeper],
        "keeper and witness": [checkout.keeper, checkout.witness()],
        "everything": [checkout.keeper, checkout.witness(), *servers],
    }[victims]

    for pid in targets:
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: all_gone(servers), 8)

    bob = checkout.use()
    assert answers(bob.wait())
    assert value(with_owner, f"SELECT count(*) FROM pg_tables WHERE tablename = '{name}'") == 1
    alice.kill()
    bob.release()


def test_server_that_dies_under_its_users_comes_back(checkout: Checkout):
    alice = checkout.use()
    services = alice.wait()

    for pid in checkout.servers:
        os.kill(pid, signal.SIGKILL)

    assert wait_until(lambda: answers(services), 10, pause=0.2)
    alice.release()


def test_process_that_has_a_stale_pid_by_now_is_left_alone(checkout: Checkout):
    alice = checkout.use()
    alice.wait()
    alice.release()
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    for stale in (checkout.where.postgres_data / "postmaster.pid", checkout.where.redis_pid):
        stale.write_text(f"{stranger.pid}\n")

    bob = checkout.use()
    assert answers(bob.wait())
    bob.release()

    assert is_alive(stranger.pid)
    stranger.kill()
    stranger.wait()
