"""What can be seen of the service from outside."""

import asyncio
import json
import socket
import urllib.error
import urllib.request
from datetime import timedelta

import pytest

from tests.patience import PATIENCE
from tests.servers.ports import free_port
from tests.stories.conftest import CLIENTS, OpenStage
from tests.stories.reading import at
from triage_bot import monitoring
from triage_bot.core.items import ItemState
from triage_bot.demo.stage import Stage
from triage_bot.store.drafts import EntryKind


async def fetch(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
    def ask() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    return await asyncio.get_running_loop().run_in_executor(None, ask)


async def open_with_monitoring(on_stage: OpenStage) -> tuple[Stage, int]:
    port = free_port()
    settings = f'monitoring: {{listen: "127.0.0.1:{port}", silent_after: 10m}}\n'
    return await on_stage(at(20, 9), CLIENTS + settings), port


async def test_the_figures_tell_what_was_done_without_an_address_or_a_text(on_stage: OpenStage) -> None:
    stage, port = await open_with_monitoring(on_stage)
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować tajną ofertę.")
    await stage.mail("nikt@obcy.example", "Pytanie", "Czy można?")
    await stage.quiet()
    status, text = await fetch(port, "/metrics")
    assert status == 200
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert figures["triage_bot_up"] == "1.0"
    assert figures['triage_bot_items{state="open"}'] == "2.0"
    assert figures['triage_bot_promises{state="open"}'] == "1.0"
    assert figures['triage_bot_entries_total{how="sent",kind="ack"}'] == "1.0"
    assert figures['triage_bot_messages_total{channel="kontakt",outcome="acknowledged"}'] == "1.0"
    assert figures['triage_bot_messages_total{channel="kontakt",outcome="UNKNOWN_SENDER"}'] == "1.0"
    assert figures['triage_bot_source_failing{source="kontakt/INBOX"}'] == "0.0"
    checked_at = figures['triage_bot_source_checked_timestamp_seconds{source="kontakt/INBOX"}']
    assert float(checked_at) == at(20, 9).timestamp()
    assert float(figures["triage_bot_ended_counted_timestamp_seconds"]) == at(20, 9).timestamp()
    assert "triage_bot_errors_total{" not in text
    for name, labels in (
        ("outbox_waiting", [f'kind="{kind}"' for kind in EntryKind if kind is not EntryKind.DIGEST]),
        ("outbox_troubled", ['state="failed"', 'state="in_doubt"']),
        ("items", ['state="snoozed"', 'state="waiting for client"']),
        ("promises", ['state="broken"', 'state="withdrawn"']),
    ):
        assert {figures[f"triage_bot_{name}{{{label}}}"] for label in labels} == {"0.0"}, "nothing is a figure too"
    assert "kontakt/Sent" not in text, "there is no such folder"
    assert "nowak" not in text.lower()
    assert "tajn" not in text


async def test_it_is_healthy_until_a_mailbox_cannot_be_read_for_too_long(on_stage: OpenStage) -> None:
    stage, port = await open_with_monitoring(on_stage)
    status, text = await fetch(port, "/healthz")
    assert (status, json.loads(text)) == (200, {"healthy": True, "troubles": []})
    await stage.imap.stop()
    async with asyncio.timeout(PATIENCE):
        while 'failing{source="kontakt/INBOX"} 1.0' not in (await fetch(port, "/metrics"))[1]:
            await asyncio.sleep(0.05)
    stage.clock.move_to(stage.clock.now() + timedelta(minutes=11))
    status, text = await fetch(port, "/healthz")
    assert status == 503
    assert any(trouble.startswith("kontakt/INBOX was last checked 6") for trouble in json.loads(text)["troubles"])


async def test_an_account_that_cannot_send_is_counted_by_kind_and_named(
    on_stage: OpenStage, caplog: pytest.LogCaptureFixture
) -> None:
    stage, port = await open_with_monitoring(on_stage)
    config = stage.config_path.read_text()
    stage.config_path.write_text(config.replace(f"port: {stage.smtp.port}", "port: 1"))
    stage.reload()
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.until(lambda _: "tried in vain" in caplog.text)
    _, text = await fetch(port, "/metrics")
    assert 'triage_bot_errors_total{kind="unreachable",source="smtp:kontakt"} 1.0' in text
    assert 'triage_bot_source_failing{source="smtp:kontakt"} 1.0' in text
    stage.clock.move_to(stage.clock.now() + timedelta(minutes=11))
    await stage.until(lambda _: caplog.text.count("tried in vain") == 2)
    _, text = await fetch(port, "/healthz")
    assert "kontakt cannot send, for 660 s: unreachable" in json.loads(text)["troubles"]


async def test_a_mailbox_that_was_never_read_is_not_said_to_have_been_and_its_failures_are_counted_by_kind(
    on_stage: OpenStage,
) -> None:
    stage, port = await open_with_monitoring(on_stage)
    await stage.stop()
    await stage.imap.stop()
    await stage.start()
    failed = 'triage_bot_errors_total{kind="unreachable",source="kontakt/INBOX"}'
    async with asyncio.timeout(PATIENCE):
        while failed not in (text := (await fetch(port, "/metrics"))[1]):
            await asyncio.sleep(0.05)
    assert 'source_checked_timestamp_seconds{source="kontakt/INBOX"}' not in text
    stage.clock.move_to(stage.clock.now() + timedelta(minutes=11))
    _, text = await fetch(port, "/healthz")
    assert "kontakt/INBOX was never read, for 660 s: unreachable" in json.loads(text)["troubles"]


async def test_what_is_over_is_counted_seldom_where_that_takes_long(
    on_stage: OpenStage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And its age is told. What waits is always new."""
    caplog.set_level("INFO")
    monkeypatch.setattr(monitoring, "QUICK_SECONDS", 0)
    monkeypatch.setattr(monitoring, "SELDOM", 1e9)
    stage, port = await open_with_monitoring(on_stage)
    await stage.mail("nikt@obcy.example", "Pytanie", "Czy można?")
    await stage.quiet()
    assert 'triage_bot_items{state="done"} 0.0' in (await fetch(port, "/metrics"))[1]
    began_at = stage.clock.now()
    await stage.move(timedelta(minutes=1))
    [item] = stage.ask(lambda store: store.waiting_items())
    stage.ask(lambda store: store.transition(item.id, ItemState.DONE, stage.clock.now(), "her"))
    _, text = await fetch(port, "/metrics")
    assert 'triage_bot_items{state="open"} 0.0' in text
    assert 'triage_bot_items{state="done"} 0.0' in text
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(figures["triage_bot_ended_counted_timestamp_seconds"]) == began_at.timestamp()
    monkeypatch.setattr(monitoring, "SELDOM", 0)
    stage.reload()
    await stage.until(lambda store: caplog.text.count("monitoring on ") == 2)
    async with asyncio.timeout(PATIENCE):
        while 'triage_bot_items{state="done"} 1.0' not in (await fetch(port, "/metrics"))[1]:
            await asyncio.sleep(0.05)


async def test_whoever_connects_and_asks_nothing_is_let_go_without_a_word(
    on_stage: OpenStage, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(monitoring._QuietHandler, "timeout", 0.05)
    _, port = await open_with_monitoring(on_stage)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(PATIENCE):
        assert await reader.read() == b""
    writer.close()
    monkeypatch.setattr(monitoring._QuietHandler, "timeout", PATIENCE)
    assert (await fetch(port, "/healthz"))[0] == 200
    assert capfd.readouterr().err == ""


async def test_a_port_that_is_taken_stops_nothing(on_stage: OpenStage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = f'monitoring: {{listen: "127.0.0.1:{taken.getsockname()[1]}"}}\n'
        stage = await on_stage(at(20, 9), CLIENTS + settings)
        await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.")
        await stage.quiet()
        assert len(stage.smtp.received) == 1


async def test_it_listens_on_ipv6_too(on_stage: OpenStage) -> None:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        port = probe.getsockname()[1]
    await on_stage(at(20, 9), CLIENTS + f'monitoring: {{listen: "[::1]:{port}"}}\n')
    status, text = await fetch(port, "/healthz", "[::1]")
    assert (status, json.loads(text)["healthy"]) == (200, True)
