"""What Prometheus is told, who may read it, and what load balancers ask."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from channels import context, metrics, tasks
from channels.context import Context
from channels.supervisor.processes import free_port
from tests.fakes import FakeRasa

FAR = {"REMOTE_ADDR": "192.0.2.7"}


def test_the_figures_are_not_for_callers_from_elsewhere(web: FlaskClient) -> None:
    assert web.get("/metrics").status_code == 200
    assert web.get("/metrics", environ_base=FAR).status_code == 401


def test_a_proxy_on_this_machine_opens_the_figures_to_nobody(web: FlaskClient) -> None:
    assert web.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 401


def test_the_figures_are_for_bearers_of_the_token(web: FlaskClient, here: Context) -> None:
    context.use(here.settings.model_copy(update={"metrics_token": SecretStr("terukur")}))
    good, bad = {"Authorization": "Bearer terukur"}, {"Authorization": "Bearer tebakan"}
    assert web.get("/metrics", environ_base=FAR, headers=good).status_code == 200
    assert web.get("/metrics", environ_base=FAR, headers=bad).status_code == 401


def test_a_web_server_gets_messages_to_store_while_the_bot_is_away(
    web: FlaskClient, rasa_server: FakeRasa
) -> None:
    rasa_server.stop()
    assert web.get("/readyz").status_code == 503
    assert web.get("/readyz/web").status_code == 200


def test_a_web_server_without_its_database_gets_no_messages(
    web: FlaskClient, here: Context
) -> None:
    away = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none"
    context.use(here.settings.model_copy(update={"database_url": away}))
    assert web.get("/readyz/web").status_code == 503
    assert "sapa_database_up 0.0" in web.get("/metrics").text


def test_the_figures_name_each_rasa_server_that_is_away(
    web: FlaskClient, here: Context, rasa_server: FakeRasa
) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    context.use(here.settings.model_copy(update={"rasa_url": f"{rasa_server.url},{away}"}))
    figures = web.get("/metrics").text
    assert f'sapa_rasa_up{{server="{rasa_server.url[7:]}"}} 1.0' in figures
    assert f'sapa_rasa_up{{server="{away[7:]}"}} 0.0' in figures


def test_the_figures_tell_when_the_last_sweep_was(web: FlaskClient, here: Context) -> None:
    here.redis.delete("sapa:worker:seen")
    assert "sapa_sweep_age_seconds +Inf" in web.get("/metrics").text
    tasks.sweep()
    age = re.search(r"^sapa_sweep_age_seconds (\S+)$", web.get("/metrics").text, re.MULTILINE)
    assert age is not None
    assert float(age[1]) < 5


def told(name: str, **labels: str) -> float:
    """A figure of this process so far."""
    return metrics.registry().get_sample_value(name, labels) or 0.0


def test_a_worker_counts_and_times_its_turns(asleep: Context, say: Callable[..., int]) -> None:
    answered, timed = told("sapa_turns_total", end="answered"), told("sapa_turn_seconds_count")
    tasks.take_turn(say("halo"))
    assert told("sapa_turns_total", end="answered") == answered + 1
    assert told("sapa_turn_seconds_count") == timed + 1


def test_a_worker_counts_what_it_handed_over(asleep: Context, say: Callable[..., int]) -> None:
    sent = {"provider": "twilio", "outcome": "sent", "code": ""}
    before = told("sapa_deliveries_total", **sent)
    tasks.take_turn(say("halo"))
    assert told("sapa_deliveries_total", **sent) == before + 1


def test_an_error_of_the_database_does_not_quote_what_was_to_be_stored(here: Context) -> None:
    with pytest.raises(DBAPIError) as caught, here.engine.connect() as connection:
        connection.execute(sa.text("SELECT :name, 1/0"), {"name": "Budi Santoso"})
    assert "1/0" in str(caught.value)
    assert "Budi" not in str(caught.value)
