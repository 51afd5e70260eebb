"""The ASGI application of a node: its routes, and what they are given."""

import multiprocessing
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig

from server import garbage
from server.api.access import count_write, provide_caller
from server.api.alerts import ALERT_EXAMPLES, AlertController
from server.api.announcements import AnnouncementController
from server.api.bodies import StrictRequest
from server.api.body_examples import BODY_EXAMPLES
from server.api.chance_batches import chance_batches
from server.api.chances import ChanceController
from server.api.engines import EngineController
from server.api.events import EventController
from server.api.health import live_check, ready_check
from server.api.jackpot_tickets import JackpotTicketController
from server.api.jackpots import JackpotController
from server.api.ledger import LedgerController
from server.api.pages import SECURITY_HEADERS, page_handlers
from server.api.play_figures import PlayFiguresController
from server.api.problems import HANDLERS
from server.api.raffle_tickets import RaffleTicketController
from server.api.raffles import RaffleController
from server.api.results import ResultController
from server.api.revocations import RevocationController
from server.api.rewards import RewardController
from server.api.simulations import SimulationController
from server.api.site import SiteController
from server.api.spins import SpinController
from server.api.template_examples import TEMPLATE_EXAMPLES
from server.api.templates import TemplateController
from server.api.tenants import TenantController
from server.api.tournaments import TournamentController
from server.api.voids import VoidController
from server.api.wallet import WalletController
from server.api.webhooks import WebhookController, WebhookEndpointController
from server.api.wheels import WheelController
from server.asyncapi import asyncapi_document
from server.errors import CannotServeError
from server.live.endpoint import live
from server.metrics import metrics_endpoint
from server.node import Node, running
from server.openapi_examples import SECURITY, RenderedWithExamples
from server.play import installed
from server.settings import Settings, load, tracing_wanted
from server.version import VERSION

if TYPE_CHECKING:
    from server.tracing import Tracer


def _part(name: str) -> Provide:
    async def provide(state: State) -> object:
        return getattr(state.node, name)

    return Provide(provide)


@asynccontextmanager
async def _lifespan(app: Litestar) -> AsyncIterator[None]:
    async with running(app.state.settings, app.state.tracer) as node:
        app.state.node = node
        garbage.settle()
        yield


def create_app(settings: Settings) -> Litestar:
    """The ASGI application of one node."""
    # A package whose engine cannot be had is told of now, and not within somebody's spin.
    installed.engines()
    tracer = _tracer()
    app = Litestar(
        route_handlers=[
            live,
            live_check,
            ready_check,
            metrics_endpoint,
            asyncapi_document,
            SiteController,
            EventController,
            WheelController,
            EngineController,
            TemplateController,
            SimulationController,
            PlayFiguresController,
            TournamentController,
            JackpotController,
            JackpotTicketController,
            RaffleController,
            RaffleTicketController,
            AnnouncementController,
            AlertController,
            RewardController,
            WalletController,
            LedgerController,
            ResultController,
            RevocationController,
            WebhookEndpointController,
            WebhookController,
            SpinController,
            VoidController,
            TenantController,
            ChanceController,
            chance_batches(settings.batch_body_bytes),
            *page_handlers(),
        ],
        dependencies={
            "caller": Provide(provide_caller),
            **{part: _part(part) for part in Node.__dataclass_fields__},
        },
        lifespan=[_lifespan],
        middleware=[] if tracer is None else [tracer.middleware],
        before_request=count_write,
        request_class=StrictRequest,
        exception_handlers=HANDLERS,
        openapi_config=OpenAPIConfig(
            title="Wheelhouse",
            version=VERSION,
            description="The real-time game server of betting platforms.",
            path="/schema",
            components=SECURITY,
            render_plugins=[RenderedWithExamples({**TEMPLATE_EXAMPLES, **ALERT_EXAMPLES, **BODY_EXAMPLES})],
        ),
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=6, minimum_size=500),
        request_max_body_size=settings.body_bytes,
        response_headers=SECURITY_HEADERS,
        logging_config=None,
        debug=False,
    )
    app.state.settings = settings
    app.state.tracer = tracer
    return app


def _tracer() -> "Tracer | None":
    """Who makes spans, where the environment asks for them. Nothing of ours is loaded or called otherwise."""
    if not tracing_wanted():
        return None
    try:
        from server.tracing import Tracer  # noqa: PLC0415 - an extra that need not be installed
    except ImportError as error:
        raise CannotServeError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the packages that trace are not installed."
            " Run `uv sync --extra tracing`, or set OTEL_SDK_DISABLED=true."
        ) from error
    return Tracer.from_environment()


def app_from_environment() -> Litestar:
    """The application of one worker, whose supervisor has put the services' addresses into the environment."""
    threading.Thread(target=_end_with_supervisor, name="supervisor watch", daemon=True).start()
    return create_app(load())


def _end_with_supervisor() -> None:
    """A worker whose supervisor was killed stops in good order instead of listening on, alone and without services."""
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        supervisor.join()
        signal.raise_signal(signal.SIGTERM)
