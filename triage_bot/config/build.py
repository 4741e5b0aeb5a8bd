"""From the configuration to the objects that decisions read."""

from datetime import time
from pathlib import Path

from triage_bot.config import ical, secret
from triage_bot.config.agreement_model import AgreementSettings
from triage_bot.config.database import POSTGRESQL, address_of, with_password
from triage_bot.config.model import AssistantSettings, Config, MailAccount, ServerSettings
from triage_bot.config.rule_checks import TELEGRAM_CHANNEL
from triage_bot.config.rule_model import RuleSettings, WhenSettings
from triage_bot.config.values import Wrong
from triage_bot.core import rules as user_rules
from triage_bot.core.agreement import Agreement, Assistant, Client, Emergencies
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.calendar_days import DayOff, Interval, SpecialDay, Vacation, no_holidays
from triage_bot.core.directory import Directory
from triage_bot.core.faq import Question
from triage_bot.core.limits import Limits
from triage_bot.core.polling import LONGEST, Schedule
from triage_bot.core.public_holidays import lookup
from triage_bot.core.replies import message_id_domain
from triage_bot.core.rules import Condition, Rule
from triage_bot.core.servers import MailServer, TelegramServer
from triage_bot.core.standing import NOTHING_SAID, Standing
from triage_bot.core.suppression import Ours
from triage_bot.core.triage import Terms
from triage_bot.errors import UsageError


def terms(config: Config, standing: Standing = NOTHING_SAID) -> Terms:
    """Everything that a decision goes by; `standing` is what was said to the program beside the configuration."""
    greeting = frozenset(each.name for each in config.channels.mail if each.acknowledge_strangers == "once")
    if config.channels.telegram is not None and config.channels.telegram.strangers == "polite":
        greeting |= {TELEGRAM_CHANNEL}
    people = directory(config, standing)
    return Terms(people, rules(config), ours(config), limits(config), questions(config), greeting)


def directory(config: Config, standing: Standing = NOTHING_SAID) -> Directory:
    first, *others = assistants(config, standing)
    return Directory(
        first,
        default_agreement(config, standing),
        clients(config, standing),
        colleagues=others,
        bindings=standing.bindings,
        paused=standing.paused,
    )


def assistants(config: Config, standing: Standing = NOTHING_SAID) -> tuple[Assistant, ...]:
    """All of them, the first one first. A chat that the configuration names beats one that was paired."""
    return tuple(_assistant(settings, config, standing) for settings in (config.assistant, *config.assistants))


def assistant(config: Config, client: str = "") -> Assistant:
    """The assistant of a client by name, the first one for nobody."""
    return directory(config).assistant_of(client)


def assistant_settings(config: Config, name: str) -> AssistantSettings:
    """Those of the assistant of that name, the first one's for ""."""
    named = (each for each in config.assistants if each.name == name)
    return next(named, config.assistant)


def _assistant(settings: AssistantSettings, config: Config, standing: Standing) -> Assistant:
    paired = standing.desks.get(settings.name)
    return Assistant(
        name=settings.name,
        locale=settings.language,
        zone=settings.zone,
        telegram_id=settings.telegram if settings.telegram is not None or paired is None else paired.chat_id,
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


def default_agreement(config: Config, standing: Standing = NOTHING_SAID) -> Agreement:
    return _agreement(config.agreement, config, config.assistant, standing)


def clients(config: Config, standing: Standing = NOTHING_SAID) -> tuple[Client, ...]:
    built = []
    for settings in config.clients:
        hers = assistant_settings(config, settings.assistant)
        agreement = _agreement(config.agreement.overridden_by(settings.agreement), config, hers, standing)
        contacts = settings.contacts
        telegram = [contact.telegram for contact in contacts if contact.telegram is not None]
        built.append(
            Client(
                name=settings.name,
                agreement=agreement,
                locale=settings.language or hers.language,
                zone=settings.zone or agreement.calendar.zone,
                addresses=frozenset(contact.email for contact in contacts if contact.email is not None),
                domains=frozenset(contact.domain for contact in contacts if contact.domain is not None),
                telegram_ids=frozenset(chat for chat in telegram if isinstance(chat, int)),
                telegram_names=frozenset(name for name in telegram if isinstance(name, str)),
                greeting=settings.greeting,
                assistant=settings.assistant,
            )
        )
    return tuple(built)


def _agreement(settings: AgreementSettings, config: Config, hers: AssistantSettings, standing: Standing) -> Agreement:
    alert = settings.emergencies.alert
    return Agreement(
        calendar=_calendar(settings, config, hers, standing),
        response=settings.response,
        emergencies=Emergencies(
            alert_from=_time(alert[0]) if alert else None,
            alert_until=_time(alert[1]) if alert else None,
            contact=settings.emergencies.contact,
        ),
        acknowledge=settings.acknowledge,
        acknowledge_after=settings.acknowledge_after,
        ask_for_missing=settings.ask_for_missing,
        warn_before=settings.warn_before,
    )


def _time(minute: int) -> time:
    hour, minute = divmod(minute % 1440, 60)
    return time(hour, minute)


def _intervals(hours: tuple[tuple[int, int], ...]) -> tuple[Interval, ...]:
    return tuple(Interval(start, end) for start, end in hours)


def _calendar(
    settings: AgreementSettings, config: Config, hers: AssistantSettings, standing: Standing
) -> BusinessCalendar:
    holidays = settings.holidays
    zone = settings.zone or hers.zone
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
        # What she said last is told before what stands in a file.
        vacations=(
            *standing.away.get(hers.name, ()),
            *(Vacation(v.first_on, v.last_on, v.text, v.stand_in) for v in settings.vacations),
            *vacations,
        ),
    )


def limits(config: Config) -> Limits:
    return Limits(**config.limits.model_dump())


def questions(config: Config) -> tuple[Question, ...]:
    return tuple(
        Question(
            each.name,
            user_rules.words(each.words),
            each.answer,
            frozenset(each.clients),
            tell=each.send == "acknowledgement",
        )
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
    """`sqlite:////` and an absolute path, or `postgresql://`, then with the password in it: for nobody's eyes. Raises
    UsageError if a named password is not to be found."""
    return with_password(config.database, secret.resolve(config.database_password_env, config.database_password_file))


def database_url_of(config: Config, address: str) -> str:
    """Another database, given on the command line; its password is the one that the configuration names. Raises
    UsageError for what is no address."""
    url = as_in_configuration(address)
    return with_password(url, secret.resolve(config.database_password_env, config.database_password_file))


def as_in_configuration(address: str) -> str:
    """The address of a database on the command line, as `database:` would name it from any folder. Raises UsageError
    for what is no address."""
    try:
        return address_of(address, Path.cwd())
    except Wrong as wrong:
        raise UsageError(str(wrong)) from None


def templates_folder(config: Config) -> Path | None:
    """Her own templates; None if she has none."""
    return config.templates


def facts_folder(config: Config) -> Path:
    """Where what is known of each client is kept."""
    return config.facts


def attachments_folder(config: Config) -> Path:
    """Where what she sends along to a client lies until it has left: beside the file of the database, or beside the
    configuration where the database is a server's."""
    if config.database.startswith(POSTGRESQL):
        return config.folder / "triage_bot.attachments"
    return Path(config.database.removeprefix("sqlite:///")).with_suffix(".attachments")


def imap_server(account: MailAccount) -> MailServer:
    """Raises UsageError if the password is not to be found."""
    return _server(account.imap, account.imap.port, account.imap.user)


def polling(config: Config, made: Terms) -> Schedule:
    """When mailboxes are looked at, by all agreements: anybody may write to any of them."""
    clients = made.directory.clients.values()
    agreements = [made.directory.default, *(client.agreement for client in clients)]
    # Who asks whether all mailboxes were read lately must not be alarmed every night.
    longest = config.monitoring.silent_after * 2 / 3 if config.monitoring.listen else LONGEST
    return Schedule(agreements, longest)


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
