"""From the configuration to the objects that decisions read."""

from datetime import time
from pathlib import Path

from triage_bot.config import ical
from triage_bot.config.agreement_model import AgreementSettings
from triage_bot.config.model import Config, MailAccount, ServerSettings
from triage_bot.config.rule_model import RuleSettings, WhenSettings
from triage_bot.core import rules as user_rules
from triage_bot.core.agreement import Agreement, Assistant, Client, Emergencies
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.calendar_days import DayOff, Interval, SpecialDay, Vacation, no_holidays
from triage_bot.core.directory import Directory
from triage_bot.core.faq import Question
from triage_bot.core.limits import Limits
from triage_bot.core.public_holidays import lookup
from triage_bot.core.replies import message_id_domain
from triage_bot.core.rules import Condition, Rule
from triage_bot.core.servers import MailServer, TelegramServer
from triage_bot.core.suppression import Ours
from triage_bot.core.triage import Terms
from triage_bot.errors import UsageError


def terms(config: Config) -> Terms:
    """Everything that a decision goes by."""
    directory = Directory(assistant(config), default_agreement(config), clients(config))
    greeting = frozenset(each.name for each in config.channels.mail if each.acknowledge_strangers == "once")
    return Terms(directory, rules(config), ours(config), limits(config), questions(config), greeting)


def assistant(config: Config) -> Assistant:
    settings = config.assistant
    return Assistant(
        name=settings.name,
        locale=settings.language,
        zone=settings.zone,
        telegram_id=settings.telegram,
        signature=settings.signature,
        addresses=own_addresses(config),
    )


def own_addresses(config: Config) -> frozenset[str]:
    return frozenset[str]().union(*(account.addresses for account in config.channels.mail))


def ours(config: Config) -> Ours:
    addresses = own_addresses(config)
    return Ours(
        addresses=addresses,
        message_id_domains=frozenset(map(message_id_domain, addresses)),
        authserv_ids=frozenset(account.authserv_id.lower() for account in config.channels.mail if account.authserv_id),
    )


def default_agreement(config: Config) -> Agreement:
    return _agreement(config.agreement, config)


def clients(config: Config) -> tuple[Client, ...]:
    built = []
    for settings in config.clients:
        agreement = _agreement(config.agreement.overridden_by(settings.agreement), config)
        contacts = settings.contacts
        telegram = [contact.telegram for contact in contacts if contact.telegram is not None]
        built.append(
            Client(
                name=settings.name,
                agreement=agreement,
                locale=settings.language or config.assistant.language,
                zone=settings.zone or agreement.calendar.zone,
                addresses=frozenset(contact.email for contact in contacts if contact.email is not None),
                domains=frozenset(contact.domain for contact in contacts if contact.domain is not None),
                telegram_ids=frozenset(chat for chat in telegram if isinstance(chat, int)),
                telegram_names=frozenset(name for name in telegram if isinstance(name, str)),
                greeting=settings.greeting,
            )
        )
    return tuple(built)


def _agreement(settings: AgreementSettings, config: Config) -> Agreement:
    alert = settings.emergencies.alert
    return Agreement(
        calendar=_calendar(settings, config),
        response=settings.response,
        emergencies=Emergencies(
            alert_from=_time(alert[0]) if alert else None,
            alert_until=_time(alert[1]) if alert else None,
            contact=settings.emergencies.contact,
        ),
        acknowledge=settings.acknowledge,
        acknowledge_after=settings.acknowledge_after,
        ask_for_missing=settings.ask_for_missing,
    )


def _time(minute: int) -> time:
    hour, minute = divmod(minute % 1440, 60)
    return time(hour, minute)


def _intervals(hours: tuple[tuple[int, int], ...]) -> tuple[Interval, ...]:
    return tuple(Interval(start, end) for start, end in hours)


def _calendar(settings: AgreementSettings, config: Config) -> BusinessCalendar:
    holidays = settings.holidays
    zone = settings.zone or config.assistant.zone
    days_off: list[DayOff] = []
    vacations: list[Vacation] = []
    for file in settings.days_off_from:
        more_days_off, more_vacations = ical.absences(config.calendars.get(file.path, ()), zone, file.only)
        days_off += more_days_off
        vacations += more_vacations
    return BusinessCalendar(
        zone=zone,
        hours=tuple(_intervals(hours) for hours in settings.hours),
        windows=settings.check_windows,
        holidays=lookup(holidays.country, holidays.subdivision) if holidays.country else no_holidays,
        # Of two names for one day the configuration's is told, of two vacations the one with a text.
        days_off=(*days_off, *(DayOff(day.on, day.name) for day in settings.days_off)),
        worked_days=frozenset(settings.worked_days),
        special_days=tuple(
            SpecialDay(day.on, None if day.hours is None else _intervals(day.hours), day.windows, day.name)
            for day in settings.special_days
        ),
        vacations=(*(Vacation(v.first_on, v.last_on, v.text, v.stand_in) for v in settings.vacations), *vacations),
    )


def limits(config: Config) -> Limits:
    return Limits(**config.limits.model_dump())


def questions(config: Config) -> tuple[Question, ...]:
    return tuple(
        Question(each.name, user_rules.words(each.words), each.answer, frozenset(each.clients))
        for each in config.questions
    )


def rules(config: Config) -> tuple[Rule, ...]:
    return tuple(map(_rule, config.urgency_rules))


def _rule(settings: RuleSettings) -> Rule:
    then = settings.then
    return Rule(
        name=settings.name,
        when=_condition(settings.when),
        urgency=then.urgency,
        alert=then.alert,
        acknowledge=then.acknowledge,
        template=then.template,
        tag=then.tag,
    )


def _condition(when: WhenSettings) -> Condition:
    return Condition(
        clients=frozenset(when.client),
        contacts=frozenset(when.contact),
        channels=frozenset(when.channel),
        subject=user_rules.words(when.subject) if when.subject else None,
        text=user_rules.words(when.text) if when.text else None,
        patterns=tuple(map(user_rules.pattern, when.pattern)),
        inside_hours=when.inside_hours,
        hours=when.hour,
        attachment=when.attachment,
        unanswered=when.unanswered,
        kinds=frozenset(when.kind),
        deadline_within=when.deadline_within,
        all_of=tuple(map(_condition, when.all)),
        any_of=tuple(map(_condition, when.any)),
        none_of=tuple(map(_condition, when.none)),
    )


def database_url(config: Config) -> str:
    """`sqlite:////` and an absolute path."""
    return config.database


def templates_folder(config: Config) -> Path | None:
    """Her own templates; None if she has none."""
    return config.templates


def imap_server(account: MailAccount) -> MailServer:
    """Raises UsageError if the password is not to be found."""
    return _server(account.imap, account.imap.port, account.imap.user)


def smtp_server(account: MailAccount) -> MailServer:
    """Raises UsageError if a named password is not to be found."""
    return _server(account.smtp, account.smtp.port, account.smtp.user)


def _server(settings: ServerSettings, port: int, user: str) -> MailServer:
    return MailServer(
        host=settings.host,
        port=port,
        security=settings.security,
        user=user,
        password=settings.password(),
        timeout=settings.timeout.total_seconds(),
    )


def telegram_server(config: Config) -> TelegramServer:
    """Raises UsageError if there is no bot, or its token is not to be found."""
    settings = config.channels.telegram
    if settings is None:
        raise UsageError("the configuration has no `channels.telegram`")
    return TelegramServer(settings.token(), settings.api_url)
