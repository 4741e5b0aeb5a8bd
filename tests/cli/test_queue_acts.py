"""What she does about her queue in a terminal, beside the service."""

import json
from collections.abc import Awaitable, Callable

import pytest

from tests.cli.test_queue import Queue, queue, stage
from triage_bot.cli import main
from triage_bot.cli.queue_acts import DEEDS, DID, PLAIN, TAKEN_BACK
from triage_bot.core.items import ItemState, Step
from triage_bot.core.standing import Deed
from triage_bot.demo.stage import Stage

__all__ = ["queue", "stage"]

Command = Callable[..., Awaitable[tuple[int, str, str]]]


def state_of(stage: Stage, item_id: int = 1) -> ItemState:
    found = stage.ask(lambda store: store.item(item_id))
    assert found is not None
    return found.state


@pytest.mark.parametrize(
    ("arguments", "state", "said"),
    [
        (("done", "1"), ItemState.DONE, "#1 Umowa: done\n"),
        (("answered", "1"), ItemState.ANSWERED, "#1 Umowa: answered\n"),
        (("dismiss", "1"), ItemState.DISMISSED, "#1 Umowa: dismissed\n"),
        (("snooze", "1", "2126-11-30T09:00"), ItemState.SNOOZED, "#1 Umowa: back on Sat 30 Nov 09:00\n"),
        (("urgent", "1"), ItemState.OPEN, "#1 Umowa: rated urgent\n"),
        (("note", "1", "call her"), ItemState.OPEN, "#1 Umowa: noted\n"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
async def test_each_act_is_done_and_taken_back(
    queue: Queue, stage: Stage, arguments: tuple[str, ...], state: ItemState, said: str
) -> None:
    assert await queue(*arguments) == (0, said, "")
    assert state_of(stage) is state
    code, out, _ = await queue("undo", "1")
    assert code == 0
    assert out.endswith("was taken back; it is open\n")
    assert state_of(stage) is ItemState.OPEN


async def test_what_is_not_allowed_says_what_the_item_is(queue: Queue) -> None:
    assert await queue("wake", "1") == (1, "", "#1 is open already\n")
    await queue("done", "1")
    code, _, err = await queue("reply", "1", "--text", "x", "--yes")
    assert (code, err) == (1, "#1 is done: `triage-bot queue reopen 1` opens it again\n")
    assert await queue("reopen", "1") == (0, "#1 Umowa: open again\n", "")
    assert await queue("undo") == (0, "#1 Umowa: opening it again was taken back; it is done\n", "")


def test_each_step_has_a_word_for_taking_it_back() -> None:
    assert set(TAKEN_BACK) == set(Step)
    assert set(DID) == set(PLAIN)
    assert set(DEEDS) == set(Deed) - {Deed.DISCARD}, "the terminal has no drafts"


@pytest.mark.parametrize("until", ["nonsense", "nonsense:", "2026-11-24T25:00"])
async def test_what_is_no_moment_is_repeated_with_the_forms(queue: Queue, until: str) -> None:
    forms = "window, tomorrow, monday, 2026-11-24 or 2026-11-24T08:00"
    assert await queue("snooze", "1", until) == (1, "", f"{until!r} is not a moment: write {forms}\n")


async def test_a_snooze_until_a_day_ends_at_its_first_check(queue: Queue) -> None:
    assert await queue("snooze", "1", "2126-11-25") == (0, "#1 Umowa: back on Mon 25 Nov 08:00\n", "")


async def test_nothing_to_take_back(queue: Queue) -> None:
    code, _, err = await queue("undo")
    assert code == 1
    assert "has done nothing that can be taken back" in err
    await queue("done", "1")
    code, _, err = await queue("undo", "2")
    assert code == 1
    assert "was about #1; only the last thing can be taken back" in err


async def test_a_reply_goes_out_in_the_thread_and_keeps_the_promise(queue: Queue, stage: Stage) -> None:
    code, out, _ = await queue("reply", "1", "--text", "Umowa jest w załączniku.", "--yes")
    assert code == 0
    assert "To: anna@nowak.example" in out
    assert "Subject: Re: Umowa" in out
    assert "Umowa jest w załączniku." in out
    assert state_of(stage) is ItemState.ANSWERED
    _, out, _ = await queue("show", "1")
    assert "reply, waiting, to anna@nowak.example" in out
    assert "Promises" in out


async def test_a_snooze_in_the_past_is_a_mistake(queue: Queue) -> None:
    code, _, err = await queue("snooze", "1", "2026-01-01T09:00")
    assert code == 1
    assert "name one that lies ahead" in err


async def test_items_are_searched(queue: Queue) -> None:
    _, out, _ = await queue("search", "UMOWE")
    assert [row.split()[0] for row in out.splitlines()[1:]] == ["1"]
    assert await queue("search", "nothing of the kind") == (0, "Nothing was found.\n", "")


async def test_the_ledger_lists_kept_promises_and_shares(
    queue: Queue, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await queue("done", "1")
    config = ["--config", str(stage.config_path)]
    assert main(["promises", "list", "--client", "Nowak", "--since", "2026-11-01", *config]) == 0
    listed, shares = capsys.readouterr().out.split("\n\n")
    assert listed.splitlines()[0].split()[:3] == ["ITEM", "CLIENT", "MADE"]
    assert "marked done by hand" in listed
    assert shares.splitlines()[0].split() == ["CLIENT", "KEPT", "BROKEN", "OPEN", "SHARE", "MEDIAN", "WAIT", "WORKING"]
    assert main(["promises", "list", "--json", *config]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0]["standing"] in ("kept", "broken")
    assert rows[-1]["client"] == "Nowak"
    assert main(["promises", "list", "--client", "Novak", *config]) == 1
    assert "did you mean 'Nowak'" in capsys.readouterr().err
    assert main(["promises", "list", "--since", "2126-01-01", *config]) == 0
    assert capsys.readouterr().out == "No promise was made.\n"
    assert main(["promises", "list", "--since", "gestern", *config]) == 1
    assert capsys.readouterr().err == "'gestern' is not a moment: write 2026-11-24 or 2026-11-24T08:00\n"


async def test_the_contact_of_a_stranger_is_bound_to_a_client(queue: Queue, stage: Stage) -> None:
    code, _, err = await queue("bind", "3", "Novak")
    assert (code, "did you mean 'Nowak'?" in err) == (1, True)
    code, out, _ = await queue("bind", "3", "Nowak")
    assert (code, out) == (0, "x@stranger.example is Nowak from now on; `triage-bot queue undo 3` takes it back\n")
    assert stage.ask(lambda store: store.standing()).bindings == {("kontakt", "x@stranger.example"): "Nowak"}
    await stage.stop()  # a running service would take a moment to notice
    await stage.start()
    await stage.mail("x@stranger.example", "Shop", "Could you please add five products to the shop?")
    await stage.quiet()
    assert {item.client for item in stage.ask(lambda store: store.waiting_items())} == {"Nowak"}
    assert await queue("bind", "3", "Nowak") == (1, "", "#3 is Nowak's already\n")
    assert await queue("undo", "3") == (0, "binding a contact to Nowak was taken back\n", "")
    assert stage.ask(lambda store: store.standing()).bindings == {}
