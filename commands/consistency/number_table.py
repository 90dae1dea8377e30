"""The numbers that appear in several places: the constant that each comes from, and where else it must be the same.

If you rename or move a constant, change its `Constant`. If you reword a text, change its `Place`: the pattern has one group, `N`,
for the number in digits or words. A place that no longer contains its number is a fault too, so that no row stops working
unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator

from commands.consistency.numbers import Constant, Count, N, Number, Place, Rate, Sum, disagreements, not_passed_on, wrong_orders
from commands.consistency.project import Project

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60  # seconds
MILLISECOND = 0.001  # seconds
KILOBYTE = 1024  # bytes

LIMITS = "runtime/limits.py"
CONTRACT, RATES = "channels/web/contract.py", "channels/web/rate_limits.py"
PLATFORM, OUTBOUND = "channels/platforms/platform_channel.py", "channels/platforms/outbound.py"
DATABASE, STORE, HTTP = "components/storage/database.py", "components/storage/conversation_store.py", "runtime/http_limits.py"
RUN, NGINX, TEMPLATE = "commands/run.py", "deploy/nginx.py", "deploy/nginx.conf.j2"
COMPOSE, CLUSTER = "deploy/compose.yml", "deploy/kubernetes/assistant.yml"
ARCHITECTURE, CHANNELS, PRIVACY, SCALING = "docs/architecture.md", "docs/channels.md", "docs/privacy.md", "docs/scaling.md"
WEB_CHANNEL, OPENAPI, WIDGET, TOPICS = "docs/web_channel.md", "docs/openapi.yml", "docs/widget.md", "docs/adding_a_topic.md"
REPLIES = "commands/consistency/replies.py"

# How long somebody waits, in seconds.

TURN_LIMIT = Number(
    "the seconds for a turn",
    Constant(LIMITS, "TURN_TIMEOUT"),
    (
        Place(ARCHITECTURE, rf"turn takes more than {N} seconds"),
        Place(CHANNELS, rf"turn that takes more than {N} seconds"),
        Place(WEB_CHANNEL, rf"turn that takes more than {N} seconds"),
        Place(SCALING, rf"since a turn has {N}\b"),
    ),
)
ACTION_TIMEOUT = Number(
    "the seconds for assessing the check",
    Constant(LIMITS, "ACTION_TIMEOUT"),
    (Place(ARCHITECTURE, rf"action server, or slower than {N} seconds"),),
)
NGINX_PATIENCE = Number(
    "the seconds that nginx waits for a process",
    Sum((TURN_LIMIT.source, Place(NGINX, r"TURN_TIMEOUT \* 1000\) \+ (\d+)", MILLISECOND))),
    (
        Place(SCALING, rf"{N} for an answer"),
        Place(SCALING, rf"visitor waits {N} seconds longer"),
    ),
)
NGINX_CONNECT = Number(
    "the seconds that nginx waits for a connection",
    Place(TEMPLATE, r"proxy_connect_timeout (\d+)ms", MILLISECOND),
    (Place(SCALING, rf"\({N} of a second to connect"),),
)
WIDGET_PATIENCE = Number(
    "the seconds that the widget waits for an answer",
    Place("widget/transport.js", r"const ANSWER_TIMEOUT = ([\d_]+);", MILLISECOND),
    (
        Place(WIDGET, rf"After {N} seconds, an error"),
        Place("benchmarks/visitors.py", r"PATIENCE = ([\d.]+)"),
    ),
)
MAX_REQUEST_DURATION = Number(
    "the seconds for a whole request",
    Constant(HTTP, "MAX_REQUEST_DURATION"),
    (
        Place(ARCHITECTURE, rf"not complete within {N} seconds"),
        Place(WEB_CHANNEL, rf"not complete within {N} seconds"),
    ),
)
WAIT_LIMIT = Number(
    "the seconds for a locked file",
    Constant(DATABASE, "WAIT_LIMIT"),
    (Place(ARCHITECTURE, rf"{N} a second for a locked file"),),
)
TRANSACTION_LIMIT = Number(
    "the seconds for a transaction",
    Constant(DATABASE, "TRANSACTION_LIMIT"),
    (Place(ARCHITECTURE, rf"{N} for a transaction"),),
)
COMMIT_LIMIT = Number(
    "the seconds for a commit",
    Constant(DATABASE, "COMMIT_LIMIT"),
    (Place(ARCHITECTURE, rf"{N} seconds for its commit"),),
)
DATABASE_LIMIT = Number("the seconds for a transaction and its commit", Sum((TRANSACTION_LIMIT.source, COMMIT_LIMIT.source)))

# Seconds from the stop signal to the exit.

SHUTDOWN_TIMEOUT = Number(
    "the seconds to finish accepted messages before a stop",
    Constant(LIMITS, "SHUTDOWN_TIMEOUT"),
    (Place(CHANNELS, rf"gave up on them after {N} seconds"),),
)
STOP_TIMEOUT = Number("the seconds for a server to stop", Constant(LIMITS, "STOP_TIMEOUT"))
COMPOSE_GRACE = Number("stop_grace_period of Rasa", Place(COMPOSE, r"x-rasa: (?:(?!x-|services:).)*stop_grace_period: (\d+)s"))
CLUSTER_GRACE = Number("terminationGracePeriodSeconds of Rasa", Place(CLUSTER, r"terminationGracePeriodSeconds: (\d+)"))
START_LIMIT = Number(
    "the seconds for a server to start",
    Constant(RUN, "START_TIMEOUT"),
    (Place(CLUSTER, r"startupProbe: .{,90}periodSeconds: 2, .{,30}failureThreshold: (\d+)", 2),),
)

# Sessions, and how long we keep things.

MAX_SESSION_AGE = Number(
    "the longest session",
    Constant(LIMITS, "MAX_SESSION_AGE"),
    (
        Place(WEB_CHANNEL, rf"after {N} hours", HOUR),
        Place(PRIVACY, rf"{N} hours at most", HOUR),
    ),
)
MAX_SESSION_IDLE = Number(
    "the longest silence in a session",
    Constant(LIMITS, "MAX_SESSION_IDLE"),
    (
        Place("domain.yml", r"session_expiration_time: (\d+)", MINUTE),
        Place(WEB_CHANNEL, rf"{N} minutes without a message", MINUTE),
        Place(PRIVACY, rf"{N} minutes without a message", MINUTE),
        Place(ARCHITECTURE, rf"{N} minutes of silence", MINUTE),
    ),
)
MAX_MESSAGE_AGE = Number(
    "the age from which we do not answer a platform's message",
    Constant(PLATFORM, "MAX_MESSAGE_AGE"),
    (
        Place(CHANNELS, rf"too old \| {N} hours", HOUR),
        Place(CHANNELS, rf"too old \| [^|]+ \| {N} hours", HOUR),
        Place(CHANNELS, rf"message older than {N} day", DAY),
    ),
)

# Lengths and sizes.

MAX_MESSAGE_LENGTH = Number(
    "the characters of a message",
    Constant(LIMITS, "MAX_MESSAGE_LENGTH"),
    (
        Place("widget/chat.js", r"const \w+ = (\d+); // characters"),
        Place(OPENAPI, r"message: type: string (?:description: [^:]+ )?maxLength: (\d+)"),
        Place("data/responses/notices.yml", rf"text of 1 to {N} characters"),
        Place("data/responses/notices.yml", rf"(?:send|up to) {N} characters"),
        Place(ARCHITECTURE, rf"{N} characters are"),
    ),
)
MAX_BODY_SIZE = Number(
    "the bytes of a body", Constant(CONTRACT, "MAX_BODY_SIZE"), (Place(OPENAPI, rf"more than {N} kB", KILOBYTE),)
)
MAX_REQUEST_SIZE = Number("the bytes of a request", Constant(HTTP, "MAX_REQUEST_SIZE"))

NUMBERS: tuple[Number, ...] = (
    *(TURN_LIMIT, ACTION_TIMEOUT, NGINX_PATIENCE, NGINX_CONNECT, WIDGET_PATIENCE, MAX_REQUEST_DURATION),
    *(WAIT_LIMIT, TRANSACTION_LIMIT, COMMIT_LIMIT, DATABASE_LIMIT, SHUTDOWN_TIMEOUT, STOP_TIMEOUT),
    *(COMPOSE_GRACE, CLUSTER_GRACE, START_LIMIT, MAX_SESSION_AGE, MAX_SESSION_IDLE, MAX_MESSAGE_AGE),
    *(MAX_MESSAGE_LENGTH, MAX_BODY_SIZE, MAX_REQUEST_SIZE),
    Number(
        "the hours for which we keep conversations",
        Place("runtime/clinic.py", r"retention_hours: int = Field\(default=(\d+)"),
        (
            Place(PRIVACY, rf"{N} hours after each was written"),
            Place("README.md", rf"delete conversations after {N} hours"),
            Place("benchmarks/sizing.py", r"KEPT = (\d+) # days", 24),
            Place(SCALING, rf"database holds {N} days", 24),
        ),
    ),
    Number(
        "the time from one deletion of old conversations to the next",
        Constant("channels/background_jobs.py", "RETENTION_INTERVAL"),
        (Place(PRIVACY, rf"every {N} minutes", MINUTE),),
    ),
    Number(
        "the characters of an idempotency key",
        Constant(CONTRACT, "MAX_KEY_LENGTH"),
        (Place(OPENAPI, r"Idempotency-Key .{,200}maxLength: (\d+)"),),
    ),
    Number(
        "the messages of a history",
        Constant(STORE, "MAX_HISTORY_MESSAGES"),
        (
            Place(OPENAPI, r"maxItems: (\d+)"),
            Place(OPENAPI, rf"more than a {N} messages"),
            Place(OPENAPI, rf"the last {N}\b"),
            Place(ARCHITECTURE, rf"a history has at most a {N} messages"),
        ),
    ),
    # How fast a caller may go.
    Number(
        "the messages of a session at once",
        Constant(RATES, "MESSAGE_BURST"),
        (Place(WEB_CHANNEL, rf"{N} messages at once"),),
    ),
    Number(
        "the messages of a session in a second",
        Rate(Constant(RATES, "MESSAGE_INTERVAL")),
        (Place(WEB_CHANNEL, rf"at once and {N} a second per session"),),
    ),
    Number(
        "the requests of an address at once",
        Constant(RATES, "ADDRESS_BURST"),
        (Place(WEB_CHANNEL, rf"{N} requests at once"),),
    ),
    Number(
        "the requests of an address in a second",
        Rate(Constant(RATES, "ADDRESS_INTERVAL")),
        (Place(WEB_CHANNEL, rf"at once and {N} a second per address"),),
    ),
    Number(
        "the new sessions of an address at once",
        Constant(RATES, "SESSION_BURST"),
        (Place(WEB_CHANNEL, rf"{N} new sessions at once"),),
    ),
    Number(
        "the seconds from one new session of an address to the next",
        Constant(RATES, "SESSION_INTERVAL"),
        (Place(WEB_CHANNEL, rf"at once and one every {N} seconds per address"),),
    ),
    Number(
        "the characters that count as one more request",
        Constant(RATES, "CHARACTERS_PER_REQUEST"),
        (Place(WEB_CHANNEL, rf"for each {N} characters"),),
    ),
    Number(
        "the callers whose requests we count",
        Constant(RATES, "MAX_CALLERS"),
        (Place(PRIVACY, rf"until {N} others came"),),
    ),
    Number(
        "the seconds until a caller may ask a server again that is not ready",
        Place(TEMPLATE, r'"~\^503 " (\d+);'),
        (Place(PLATFORM, r'"Retry-After": "(\d+)"'),),
    ),
    # Platforms.
    Number(
        "the messages that wait in one conversation",
        Constant(PLATFORM, "MAX_QUEUE_LENGTH"),
        (Place(CHANNELS, rf"wait in order, {N} at most"),),
    ),
    Number(
        "the seconds before a platform shows that we type",
        Constant(PLATFORM, "TYPING_AFTER"),
        (Place(CHANNELS, rf"after {N} a second"),),
    ),
    Number("the attempts at a call", Constant(OUTBOUND, "MAX_ATTEMPTS"), (Place(CHANNELS, rf"call to the platform {N} times"),)),
    Number("the seconds for a call", Constant(OUTBOUND, "CALL_TIMEOUT"), (Place(CHANNELS, rf"times, {N} seconds each"),)),
    Number(
        "the longest pause between two calls",
        Constant(OUTBOUND, "MAX_RETRY_PAUSE"),
        (Place(CHANNELS, rf"\({N} minute at most\)", MINUTE),),
    ),
    Number(
        "the characters of a Telegram message",
        Place("channels/platforms/telegram.py", r"Style\(\s*(?:max_)?text=(\d+)"),
        (Place(CHANNELS, rf"longest text \| {N} \|"),),
    ),
    Number(
        "the characters of a Messenger message",
        Place("channels/platforms/messenger.py", r"Style\(\s*(?:max_)?text=(\d+)"),
        (Place(CHANNELS, rf"longest text \| [\d,]+ \| {N};"),),
    ),
    Number(
        "the characters of a Messenger message with buttons",
        Place("channels/platforms/messenger.py", r"text_with_buttons=(\d+)"),
        (Place(CHANNELS, rf"; {N} with buttons"),),
    ),
    Number(
        "the characters of a WhatsApp message",
        Place("channels/platforms/whatsapp.py", r"Style\(\s*(?:max_)?text=(\d+)"),
        (Place(CHANNELS, rf"with buttons \| {N} \|"),),
    ),
    Number(
        "the characters of a Slack message",
        Place("channels/platforms/slack.py", r"Style\(\s*(?:max_)?text=(\d+)"),
        (Place(CHANNELS, rf"with buttons \| [\d,]+ \| {N} \|"),),
    ),
    Number(
        "the characters of a Messenger button",
        Place("channels/platforms/messenger.py", r"title=(\d+)"),
        (Place(CHANNELS, rf"\| yes \| \d+ of {N} characters \|"),),
    ),
    Number(
        "the buttons of a Messenger message",
        Place("channels/platforms/messenger.py", r"max_buttons=(\d+)"),
        (Place(CHANNELS, rf"\| yes \| {N} of \d+ characters \|"),),
    ),
    Number(
        "the characters of a WhatsApp button",
        Place("channels/platforms/whatsapp.py", r"title=(\d+)"),
        (Place(CHANNELS, rf"\| \d+ of {N} characters, with templates"),),
    ),
    Number(
        "the buttons of a WhatsApp message",
        Place("channels/platforms/whatsapp.py", r"max_buttons=(\d+)"),
        (Place(CHANNELS, rf"\| {N} of \d+ characters, with templates"),),
    ),
    Number(
        "the minutes for which a request signed by Slack is valid",
        Place("channels/platforms/slack.py", rf"window of {N} minutes"),
        (
            Place(CHANNELS, rf"v0 signature, {N} minutes"),
            Place(CHANNELS, rf"carries no time \| {N} minutes"),
        ),
    ),
    # Several processes.
    Number(
        "the requests that wait at one process",
        Constant(NGINX, "MAX_QUEUED_REQUESTS"),
        (Place(SCALING, rf"process has {N} requests waiting"),),
    ),
    Number(
        "the seconds for which nginx leaves a failed process alone",
        Place(TEMPLATE, r"fail_timeout=(\d+)s"),
        (
            Place(TEMPLATE, rf"left alone for {N} seconds"),
            Place(SCALING, rf"every {N} seconds one visitor waits"),
        ),
    ),
    Number(
        "the seconds for which we leave a failed database alone",
        Constant(DATABASE, "RETRY_AFTER_FAILURE"),
        (Place(ARCHITECTURE, rf"leave the database alone for {N}\s+seconds"),),
    ),
    Number(
        "the connections of a process to PostgreSQL",
        Constant(DATABASE, "MAX_CONNECTIONS"),
        (
            Place(SCALING, rf"{N} at most for each process"),
            Place(SCALING, rf"{N} for the six that", 1 / 6),
        ),
    ),
    Number(
        "the processes of a cluster",
        Place(CLUSTER, r"maxReplicas: (\d+)"),
        (
            Place(SCALING, rf"Two to {N} processes"),
            Place(SCALING, rf"for the {N} that `deploy/kubernetes/` may grow to"),
            Place(SCALING, rf"More than {N}: services"),
            Place(CLUSTER, rf"nginx knows all {N}\b"),
        ),
    ),
    # Ports.
    Number(
        "the port of the server",
        Constant("runtime/environment.py", "DEFAULTS", "PORT"),
        (
            Place("deploy/Containerfile", r"EXPOSE (\d+)"),
            Place(COMPOSE, r'"172[\d.]+:(\d+)"'),
            Place(COMPOSE, r"http://127\.0\.0\.1:(\d+)/"),
            Place(CLUSTER, r"name: http, (?:containerPort|port): (\d+)"),
            Place("deploy/kubernetes/proxy.yml", r'"assistant-\d:(\d+)"'),
            Place("deploy/kubernetes/network.yml", r"app: assistant\}\}\}\], ports: \[\{port: (\d+)"),
        ),
    ),
    Number(
        "the port of the action server",
        Constant("runtime/environment.py", "DEFAULTS", "ACTION_PORT"),
    ),
    Number(
        "the port of the metrics",
        Constant("runtime/environment.py", "DEFAULTS", "METRICS_PORT"),
        (
            Place(ARCHITECTURE, r"METRICS_PORT` \((\d+)\)"),
            Place(CLUSTER, r"name: metrics, containerPort: (\d+)"),
            Place(CLUSTER, r'prometheus.io/port: "(\d+)"'),
            Place("deploy/kubernetes/network.yml", r"monitoring\}\}\}\], ports: \[\{port: (\d+)"),
        ),
    ),
    # What we understand and say.
    Number("the intents", Count("domain.yml", ("intents",)), (Place(ARCHITECTURE, rf"which of {N} intents"),)),
    Number(
        "the confidence from which we count a message as understood",
        Place("config.yml", r"FallbackClassifier threshold: ([\d.]+)"),
        (
            Place(ARCHITECTURE, rf"below {N}: not understood"),
            Place("components/understanding/safety_screen.py", r"MIN_CONFIDENCE, \w+ = ([\d.]+),"),
        ),
    ),
    Number(
        "the age of an adult",
        Constant("actions/candidacy.py", "ADULT"),
        (Place("data/responses/reasons.yml", rf"You're under {N},"),),
    ),
    Number(
        "the age from which we run the check",
        Constant("components/dialogue/check.py", "MIN_AGE"),
        (Place("data/responses/check.yml", rf"isn't for anyone under {N}\."),),
    ),
    Number(
        "the examples of an intent",
        Constant("commands/consistency/intents.py", "MIN_EXAMPLES"),
        (Place(TOPICS, rf"at least {N} messages"),),
    ),
    Number("the minimum words of an answer", Constant(REPLIES, "ANSWER_WORDS", 0), (Place(TOPICS, rf"\({N} to \d+ words"),)),
    Number("the maximum words of an answer", Constant(REPLIES, "ANSWER_WORDS", 1), (Place(TOPICS, rf"\(\d+ to {N} words"),)),
    Number("the minimum words of a longer answer", Constant(REPLIES, "MORE_WORDS", 0), (Place(TOPICS, rf"_more` \({N} to"),)),
    Number(
        "the maximum words of a longer answer", Constant(REPLIES, "MORE_WORDS", 1), (Place(TOPICS, rf"_more` \(\d+ to {N}\)"),)
    ),
    Number(
        "the days from one review of an answer to the next",
        Place(REPLIES, r"REVIEW_EVERY = timedelta\(days=(\d+)\)"),
        (Place(TOPICS, rf"more than {N} months old", 30.5),),
    ),
    Number(
        "the contrast of the clinic's color with white",
        Constant("runtime/clinic.py", "MIN_CONTRAST"),
        (Place(WIDGET, rf"contrast to white at {N} or more"),),
    ),
    Number(
        "the milliseconds in which the widget ignores a second press",
        Place("widget/chat.js", r"const DOUBLE_CLICK = (\d+);"),
        (Place("commands/picture.py", r"\bDOUBLE_CLICK = (\d+)"),),
    ),
    Number(
        "the bytes that the widget loads",
        Place("tests/widget/test_page.py", r"MAX_BYTES = ([\d_]+)"),
        (Place("README.md", rf"at most {N} kB", 1000),),
    ),
)

# In each chain every number must be less than the next one.
ORDERS: tuple[tuple[str, tuple[Number, ...]], ...] = (
    ("or the caller gives up while the turn is still running", (TURN_LIMIT, NGINX_PATIENCE, WIDGET_PATIENCE)),
    ("or the request ends before its turn", (TURN_LIMIT, MAX_REQUEST_DURATION)),
    ("or the turn gets the safe text instead of its own reply", (ACTION_TIMEOUT, TURN_LIMIT)),
    ("or the turn gets the safe text instead of its own reply", (WAIT_LIMIT, DATABASE_LIMIT, TURN_LIMIT)),
    ("or a stop cuts off accepted messages", (TURN_LIMIT, SHUTDOWN_TIMEOUT, STOP_TIMEOUT, COMPOSE_GRACE)),
    ("or a stop cuts off accepted messages", (STOP_TIMEOUT, CLUSTER_GRACE)),
    ("or a session would reach its maximum age first", (MAX_SESSION_IDLE, MAX_SESSION_AGE)),
    ("or we would refuse a body that its route allows", (MAX_MESSAGE_LENGTH, MAX_BODY_SIZE, MAX_REQUEST_SIZE)),
)

# What nginx takes from the code, to avoid copies: the constant that deploy/nginx.py passes, and where the template uses it.
PASSED_ON: tuple[tuple[str, str], ...] = (
    (NGINX, r"=MAX_BODY_SIZE\b"),
    (NGINX, r"=MAX_REQUEST_SIZE\b"),
    (NGINX, r"=int\(1 / ADDRESS_INTERVAL\)"),
    (NGINX, r"=ADDRESS_BURST - 1\b"),
    (NGINX, r"=int\(60 / SESSION_INTERVAL\)"),
    (NGINX, r"=SESSION_BURST - 1\b"),
    (NGINX, r"=int\(SESSION_INTERVAL\)"),
    (NGINX, r"=MAX_QUEUED_REQUESTS\b"),
    (TEMPLATE, r"\n  client_max_body_size \{\{ \w+ \}\};"),
    (TEMPLATE, r"\n      client_max_body_size \{\{ \w+ \}\};"),
    (TEMPLATE, r"zone=requests:10m rate=\{\{ \w+ \}\}r/s;"),
    (TEMPLATE, r"zone=sessions:10m rate=\{\{ \w+ \}\}r/m;"),
    (TEMPLATE, r'limit\("requests", [a-z_]+\)'),
    (TEMPLATE, r'limit\("sessions", [a-z_]+\)'),
    (TEMPLATE, r'"~\^429 /webhooks/web/session" \{\{ \w+ \}\};'),
    (TEMPLATE, r"max_conns=\{\{ \w+ \}\};"),
    (TEMPLATE, r"proxy_send_timeout \{\{ \w+ \}\}ms;"),
    (TEMPLATE, r"proxy_read_timeout \{\{ \w+ \}\}ms;"),
)


def numbers(project: Project) -> Iterator[str]:
    yield from disagreements(NUMBERS, project)


def orders(project: Project) -> Iterator[str]:
    yield from wrong_orders(ORDERS, project)


def passed_on(project: Project) -> Iterator[str]:
    yield from not_passed_on(PASSED_ON, project)
