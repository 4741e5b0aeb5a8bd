"""What she writes to a client: a draft that grows with her messages, is shown as it will go, and then sent or not.

A plain message goes to the draft that she is at; a reply (Telegram's) to a message of ours goes to the draft of the
item that it shows. Suggested texts are drafts too, so that nothing of ours goes out unseen.
"""

from dataclasses import replace
from datetime import timedelta

from triage_bot.core.items import Item, ItemState, Step, leads_to
from triage_bot.core.messages import Medium, OutgoingFile
from triage_bot.core.standing import Deed
from triage_bot.core.telegram_text import escape
from triage_bot.desk.buttons import Rows, carried
from triage_bot.desk.deeds import date_said, gone, is_a_day, refused, told
from triage_bot.desk.dialog import Dialog, Draft, DraftKind
from triage_bot.desk.visit import BY, Answer, Visit
from triage_bot.errors import CannotReply
from triage_bot.replying import Reply, compose, reader_of
from triage_bot.store.drafts import Act, EntryKind, Outcome
from triage_bot.template_desk import PreviewContext, cut, sizes
from triage_bot.wording import Preposition, moment

LONGEST = 30_000
"""Characters of one answer."""
TEXT_SHOWN = 2200
QUOTE_SHOWN = 240
SIGNATURE_SHOWN = 300

_STEPS = {
    DraftKind.REPLY: Step.ANSWER,
    DraftKind.ANSWER: Step.ANSWER,
    DraftKind.DETAILS: Step.ASK,
    DraftKind.EXCEPTION: Step.EXEMPTION,
}


# --- how one begins -------------------------------------------------------------------------------------------------


def reply(visit: Visit, item: Item, argument: str) -> Answer:
    if leads_to(Step.ANSWER, item.state) is None:
        return refused(visit, item)
    draft = visit.dialog.draft_of(item.id)
    if draft is not None and (draft.text or draft.files):
        return preview(visit, item, draft)
    draft = Draft(DraftKind.REPLY, item.id, version=_next_version(visit, draft))
    who = item.client or item.contact_name or item.contact
    said = visit.say("reply_prompt", id=str(item.id), who=who[:80])
    return Answer(said.blocks, (_discard_row(visit, draft),), item_id=item.id, dialog=visit.dialog.with_draft(draft))


def details(visit: Visit, item: Item, argument: str) -> Answer:
    """Ask the client for what is missing; where nothing is known to be, for what may be."""
    if leads_to(Step.ASK, item.state) is None:
        return refused(visit, item)
    messages = visit.store.messages_of(item.id)
    decision = messages[-1].decision if messages else {}
    usual = ("goal", "scope") if item.deadline else ("goal", "deadline", "scope")
    missing = tuple(decision.get("missing") or usual)
    return _offer(visit, item, DraftKind.DETAILS, "details", missing=missing)


def exception(visit: Visit, item: Item, argument: str) -> Answer:
    """An answer outside the hours: the client is told that it is an exception."""
    calendar = visit.agreement(item).calendar
    if calendar.is_working(visit.now):
        return told(visit, item, visit.words("exception_in_hours"), undo=False)
    if leads_to(Step.EXEMPTION, item.state) is None:
        return refused(visit, item)
    today = visit.now.astimezone(calendar.zone).date()
    if any(
        event.kind == Step.EXEMPTION.value and event.at.astimezone(calendar.zone).date() == today
        for event in visit.store.history(item.id)
    ):
        return told(visit, item, visit.words("exception_before", id=str(item.id)), undo=False)
    window = calendar.next_window(visit.now + timedelta(minutes=1))
    client, locale = reader_of(visit.means.correspondence, item, visit.store.messages_of(item.id))
    check = ""
    if window is not None:
        check = moment(window, now=visit.now, zone=client.zone, locale=locale, preposition=Preposition.AT)
    return _offer(visit, item, DraftKind.EXCEPTION, "exemption", check=check)


def answer(visit: Visit, item: Item, argument: str) -> Answer:
    """The usual answer to a question that the client asked."""
    if leads_to(Step.ANSWER, item.state) is None:
        return refused(visit, item)
    number = int(argument or 0)
    if number >= len(item.suggestions):
        return visit.toast("button_unknown")
    return _offered(visit, item, DraftKind.ANSWER, item.suggestions[number][1])


def _offer(visit: Visit, item: Item, kind: DraftKind, name: str, **values: object) -> Answer:
    """A text of ours in the client's language."""
    client, locale = reader_of(visit.means.correspondence, item, visit.store.messages_of(item.id))
    known: dict[str, object] = {"assistant": visit.assistant.name, "greeting": client.greeting, **values}
    return _offered(visit, item, kind, visit.templates.to_client(locale, name, item.medium, known))


def _offered(visit: Visit, item: Item, kind: DraftKind, text: str) -> Answer:
    before = visit.dialog.draft_of(item.id)
    if before is not None and before.kind is kind and (0, text) in before.parts:
        return preview(visit, item, before)
    draft = (before or Draft(kind, item.id)).offered(kind, text, _next_version(visit, before))
    if len(draft.text) > LONGEST:
        return visit.toast("draft_too_long", limit=str(LONGEST))
    return preview(visit, item, draft)


def _next_version(visit: Visit, before: Draft | None) -> int:
    """Never one that an earlier draft of the item had: its buttons may still stand in the chat. Updates count on, and
    a version takes one at least."""
    return max(before.version + 1 if before is not None else 1, visit.action.update_id)


# --- how it grows ---------------------------------------------------------------------------------------------------


def wants_files(visit: Visit) -> Draft | None:
    """The draft that the files of this message go to; None if nobody would take them."""
    item_id = _meant(visit)
    if not item_id or visit.item(item_id) is None:
        return None
    return visit.dialog.draft_of(item_id) or Draft(DraftKind.REPLY, item_id)


def _meant(visit: Visit) -> int:
    """The item that a message of hers is about, 0 for none."""
    reply_to = visit.action.reply_to
    if reply_to is None:
        return visit.dialog.at
    if (answered := visit.shown_by(reply_to)) is not None and answered.item_id:
        return answered.item_id
    # One of her own, or a list of several items: then nobody can know which is meant.
    return next((draft.item_id for draft in visit.dialog.drafts if draft.holds(reply_to)), 0)


def _answers_the_question(visit: Visit) -> bool:
    """Whether it is the date that she was asked for. An answer to the item's message may also be one to the client."""
    if visit.action.reply_to is None:
        return True
    shown = visit.shown_by(visit.action.reply_to)
    return shown is not None and shown.item_id == visit.dialog.snoozing and is_a_day(visit, visit.action.text)


def said(visit: Visit) -> Answer:
    """She wrote something that is no command."""
    action, dialog = visit.action, visit.dialog
    if action.edited:
        return _edited(visit)
    if dialog.snoozing and _answers_the_question(visit):
        return date_said(visit, dialog.snoozing, action.text)
    item_id = _meant(visit)
    if not item_id:
        return visit.say("nothing_to_write_to")
    item = visit.item(item_id)
    if item is None:
        answer = visit.say("item_unknown", id=str(item_id))
        return replace(answer, dialog=dialog.without_draft(item_id))
    if leads_to(Step.ANSWER, item.state) is None:
        state = visit.words(f"state_{item.state.name.lower()}")
        return visit.say("stale", id=str(item_id), state=state)
    if not action.text and not action.files:
        return visit.say("not_attachable")
    draft = dialog.draft_of(item_id) or Draft(DraftKind.REPLY, item_id, _next_version(visit, None))
    if len(draft.text) + len(action.text) > LONGEST:
        return visit.say("draft_too_long", limit=str(LONGEST))
    return preview(visit, item, draft.said(action.message_id, action.text, visit.files))


def _edited(visit: Visit) -> Answer:
    for draft in visit.dialog.drafts:
        changed = draft.edited(visit.action.message_id, visit.action.text)
        item = visit.item(draft.item_id) if changed is not None else None
        if changed is not None and item is not None:
            return preview(visit, item, changed)
    return Answer()


def preview(visit: Visit, item: Item, draft: Draft) -> Answer:
    """The draft as it will go, with the buttons that decide about it."""
    try:
        ready = composed(visit, item, draft)
    except CannotReply as error:
        return replace(visit.say(error.code, id=str(item.id)), dialog=visit.dialog.without_draft(item.id))
    answers = _answered(visit, item)
    if draft.answers not in ("", answers):
        # The buttons under the earlier preview stand below another recipient.
        draft = replace(draft, version=_next_version(visit, draft))
    draft = replace(draft, answers=answers)
    text, more = cut(ready.text, TEXT_SHOWN)
    quote, quote_more = cut(ready.quote, QUOTE_SHOWN)
    signature, _ = cut(ready.signature, SIGNATURE_SHOWN)
    context = PreviewContext(
        locale=visit.locale,
        kind=draft.kind.value,
        id=item.id,
        chat=item.medium is Medium.CHAT,
        to=ready.to[:120],
        subject=ready.subject[:200],
        text=text,
        text_more=more,
        signature=signature,
        quote=quote,
        quote_more=quote_more > 0,
        files=sizes(((file.filename, file.size) for file in draft.files), visit.locale),
    )
    blocks = [visit.templates.page(context)]
    blocks += [escape(visit.words("file_not_taken", name=name[:80])) for name in visit.not_fetched]
    return Answer(tuple(blocks), _draft_rows(visit, draft), item_id=item.id, dialog=visit.dialog.with_draft(draft))


def _answered(visit: Visit, item: Item) -> str:
    """The key of the message that an answer would go to now."""
    messages = visit.store.messages_of(item.id)
    return messages[-1].key if messages else ""


def composed(visit: Visit, item: Item, draft: Draft) -> Reply:
    """Raises CannotReply."""
    messages = visit.store.messages_of(item.id)
    files = [OutgoingFile(file.path, file.filename, file.media_type) for file in draft.files]
    due_at = visit.now + visit.means.settings.send_delay
    kind = EntryKind.NOTICE if draft.kind is DraftKind.EXCEPTION else EntryKind.REPLY
    by = visit.means.correspondence
    return compose(by, item, messages, draft.text, visit.now, due_at=due_at, files=files, kind=kind)


def _draft_rows(visit: Visit, draft: Draft) -> Rows:
    def button(verb: str) -> tuple[str, str]:
        return (visit.words(f"button_{verb}"), carried(verb, draft.item_id, str(draft.version)))

    if not draft.text and not draft.files:
        return (_discard_row(visit, draft),)
    return ((button("send"), button("edit"), button("discard")),)


def _discard_row(visit: Visit, draft: Draft) -> tuple[tuple[str, str], ...]:
    return ((visit.words("button_discard"), carried("discard", draft.item_id, str(draft.version))),)


# --- how it ends ----------------------------------------------------------------------------------------------------


def send(visit: Visit, item: Item, argument: str) -> Answer:
    draft = _shown_draft(visit, item, argument)
    if isinstance(draft, Answer):
        return draft
    if draft.answers != _answered(visit, item):
        # Somebody else of the client's may have written since: it would go to them, and unread at that.
        return replace(preview(visit, item, draft), notice=visit.words("news_since", id=str(item.id)))
    try:
        ready = composed(visit, item, draft)
    except CannotReply as error:
        return visit.toast(error.code, id=str(item.id))
    acted = visit.act(Act(_STEPS[draft.kind], item.id, BY, entries=ready.entries))
    if acted.item is None:
        return gone(visit, item.id)
    if acted.outcome is Outcome.REFUSED:
        return refused(visit, acted.item)
    seconds = str(int(visit.means.settings.send_delay.total_seconds()))
    notice = visit.words("sending", id=str(item.id), seconds=seconds)
    return replace(_ended(visit, acted.item, notice, undo=True), dialog=visit.dialog.with_sent(draft))


def edit(visit: Visit, item: Item, argument: str) -> Answer:
    """Her next message takes the place of the text."""
    draft = _shown_draft(visit, item, argument)
    if isinstance(draft, Answer):
        return draft
    rewriting = replace(draft, rewriting=True)
    answer = visit.say("edit_prompt")
    return Answer(
        (*answer.blocks, f"<code>{escape(draft.text)}</code>" if draft.text else ""),
        item_id=item.id,
        dialog=visit.dialog.with_draft(rewriting),
    )


def discard(visit: Visit, item: Item, argument: str) -> Answer:
    draft = _shown_draft(visit, item, argument)
    if isinstance(draft, Answer):
        return draft
    visit.store.note_deed(Deed.DISCARD, visit.assistant.name, visit.now, {}, visit.once, item.id)
    answer = _ended(visit, item, visit.words("discarded"), undo=False)
    return replace(answer, dialog=visit.dialog.with_sent(draft))


def _shown_draft(visit: Visit, item: Item, version: str) -> Draft | Answer:
    """The draft that the button stands under; or, of a button that is older than the draft, what she is told."""
    draft = visit.dialog.draft_of(item.id)
    if draft is None:
        return _without_draft(visit, item)
    if str(draft.version) != version:
        # It may be one that she took back, and has not seen again since.
        return visit.toast("draft_older" if draft.answers else "draft_not_shown")
    return draft


def _without_draft(visit: Visit, item: Item) -> Answer:
    """The button stands under a draft that is no more: sent, discarded or a day old."""
    code = "draft_sent" if item.state in (ItemState.ANSWERED, ItemState.WAITING) else "draft_gone"
    return told(visit, item, visit.words(code, id=str(item.id)), undo=False)


def _ended(visit: Visit, item: Item, notice: str, *, undo: bool) -> Answer:
    """The preview becomes the item's card."""
    card = visit.card(item, said=notice, undo=undo)
    dialog: Dialog = visit.dialog.without_draft(item.id)
    return Answer(card.blocks, card.rows, notice, item.id, in_place=True, dialog=dialog)
