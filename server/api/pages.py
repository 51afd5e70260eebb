"""The pages: files whose shared parts are put in at start, with the headers that keep a browser safe."""

import re
from pathlib import Path

from litestar import Response, get
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from games.errors import NotFound
from server.play import installed

STATIC = Path(__file__).parents[2] / "static"

#: page addresses and the files that answer them
PAGES = {
    "/": "landing.html",
    "/play": "lobby.html",
    "/play/wheel/{slug:str}": "wheel.html",
    "/play/jackpot/{jackpot_id:str}": "jackpot.html",
    "/play/raffle/{raffle_id:str}": "raffle.html",
    "/play/tournament/{tournament_id:str}": "tournament.html",
    "/console": "console.html",
    "/console/wheels": "console-wheels.html",
    "/console/wheels/{wheel_id:str}": "console-wheel.html",
    "/console/templates": "console-templates.html",
    "/console/templates/{template_id:str}": "console-template.html",
    "/console/engines": "console-engines.html",
    "/console/spins": "console-spins.html",
    "/console/spins/{session_id:str}": "console-spin.html",
    "/console/voids": "console-voids.html",
    "/console/alerts": "console-alerts.html",
    "/console/blocked": "console-blocked.html",
    "/console/chances": "console-chances.html",
    "/console/jackpots": "console-jackpots.html",
    "/console/jackpots/{jackpot_id:str}": "console-jackpot.html",
    "/console/raffles": "console-raffles.html",
    "/console/tournaments": "console-tournaments.html",
    "/console/tournaments/{tournament_id:str}": "console-tournament.html",
    "/console/rewards": "console-rewards.html",
    "/console/ledger": "console-ledger.html",
    "/console/webhooks": "console-webhooks.html",
    "/verify": "verify.html",
    "/screen/wheel/{wheel_id:str}": "screen.html",
}

#: a server-side include of a part that pages share
_INCLUDE = re.compile(r'<!--#include virtual="/static/parts/(?P<part>[a-z-]+\.html)" -->')

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; style-src 'self';"
    " connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
}


def page_handlers() -> list[ControllerRouterHandler]:
    """The route handlers of all pages and of the files that they use."""
    handlers: list[ControllerRouterHandler] = [_page(address, file) for address, file in PAGES.items()]
    handlers += [
        _drawing,
        create_static_files_router(
            path="/static", directories=[STATIC], name="static", include_in_schema=False, cache_control=None
        ),
    ]
    return handlers


@get("/engines/{engine_type:str}/{file:str}", include_in_schema=False, sync_to_thread=True)
def _drawing(engine_type: str, file: str) -> Response[bytes]:
    """The ES module that draws a package's engine, named by the engine's version."""
    path = installed.drawing_file(engine_type, file.removesuffix(".js"))
    if path is None or not file.endswith(".js"):
        raise NotFound("There is nothing at this address.")
    headers = {"cache-control": "no-cache"}
    return Response(path.read_bytes(), media_type="text/javascript; charset=utf-8", headers=headers)


def _page(address: str, file: str) -> ControllerRouterHandler:
    text = _composed(STATIC / "pages" / file)

    @get(address, include_in_schema=False, name=f"page {file}", sync_to_thread=False)
    def page() -> Response[bytes]:
        return Response(text, media_type="text/html; charset=utf-8", headers={"cache-control": "no-cache"})

    return page


def _composed(path: Path) -> bytes:
    """A page with what it includes; an included part includes nothing further."""
    text = path.read_text("utf-8")
    return _INCLUDE.sub(lambda found: (STATIC / "parts" / found["part"]).read_text("utf-8").strip(), text).encode()
