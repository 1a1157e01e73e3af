"""A loopback stand-in for Binance's public addresses: one market, and a list of what was asked."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MARKET = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "baseAssetPrecision": 8,
    "quotePrecision": 8,
    "quoteAssetPrecision": 8,
    "isSpotTradingAllowed": True,
    "permissions": ["SPOT"],
    "permissionSets": [["SPOT"]],
    "orderTypes": ["LIMIT", "MARKET", "STOP_LOSS_LIMIT"],
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
        {"filterType": "NOTIONAL", "minNotional": "5"},
    ],
}
# ccxt loads the futures' markets with the spot ones.
ADDRESSES = {"public": "/api/v3", "fapiPublic": "/fapi/v1", "dapiPublic": "/dapi/v1"}


class Exchange(ThreadingHTTPServer):
    """Answers `exchangeInfo`, and nothing else."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Market)
        self.asked: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def settings(self) -> dict[str, object]:
        """What freqtrade's `exchange.ccxt_config` needs to ask here."""
        here = f"http://127.0.0.1:{self.server_port}"
        return {"urls": {"api": {name: here + path for name, path in ADDRESSES.items()}}}


class Market(BaseHTTPRequestHandler):
    """One request."""

    server: Exchange

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        known = self.path.endswith("/exchangeInfo")
        listed = [MARKET] if self.path.startswith(ADDRESSES["public"]) else []
        answer = {"timezone": "UTC", "rateLimits": [], "exchangeFilters": [], "symbols": listed} if known else {}
        body = json.dumps(answer).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
