"""A SOAP service on this machine: adds numbers, tells prices, and fails when it is told to."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_WSDL = """<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:calc" targetNamespace="urn:calc" name="Calc">
  <types><xsd:schema targetNamespace="urn:calc" elementFormDefault="qualified">{extra}
    <xsd:element name="Add"><xsd:complexType><xsd:sequence>
      <xsd:element name="a" type="xsd:int"/><xsd:element name="b" type="xsd:int"/>
    </xsd:sequence></xsd:complexType></xsd:element>
    <xsd:element name="AddResponse"><xsd:complexType><xsd:sequence>
      <xsd:element name="sum" type="xsd:int"/><xsd:element name="price" type="xsd:decimal"/>
      <xsd:element name="day" type="xsd:date"/><xsd:element name="raw" type="xsd:base64Binary"/>
    </xsd:sequence></xsd:complexType></xsd:element>
  </xsd:schema></types>
  <message name="AddIn"><part name="parameters" element="t:Add"/></message>
  <message name="AddOut"><part name="parameters" element="t:AddResponse"/></message>
  <portType name="CalcPort"><operation name="Add">
    <input message="t:AddIn"/><output message="t:AddOut"/></operation></portType>
  <binding name="CalcBinding" type="t:CalcPort">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Add"><soap:operation soapAction="urn:calc#Add"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
  </binding>
  <service name="Calc"><port name="Calc" binding="t:CalcBinding"><soap:address location="{url}/calc"/></port></service>
</definitions>"""

_ENVELOPE = """<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{body}
</s:Body></s:Envelope>"""
_FAULT = "<s:Fault><faultcode>s:Server</faultcode><faultstring>Negative numbers tire me</faultstring></s:Fault>"
_SUM = (
    '<AddResponse xmlns="urn:calc"><sum>{sum}</sum><price>12.50</price><day>2026-01-02</day><raw>AAE=</raw>'
    "</AddResponse>"
)


class SoapApi(ThreadingHTTPServer):
    """Listens on a free port. `extra` is put into the schema; `answer` replaces what is answered."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.extra = ""
        self.answer: str | None = None
        self.seen: list[tuple[dict[str, str], str]] = []

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SoapApi

    def do_GET(self) -> None:
        self._send(200, _WSDL.format(url=self.server.url, extra=self.server.extra))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.server.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
        numbers = [int(text) for text in re.findall(r"<[^<>/]*:[ab]>(-?\d+)<", body)]
        if self.server.answer is not None:
            self._send(200, self.server.answer)
        elif min(numbers, default=0) < 0:
            self._send(500, _ENVELOPE.format(body=_FAULT))
        else:
            self._send(200, _ENVELOPE.format(body=_SUM.format(sum=sum(numbers))))

    def log_message(self, *_: object) -> None:
        pass

    def _send(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def running() -> Iterator[SoapApi]:
    """Yield a running one."""
    api = SoapApi()
    thread = threading.Thread(target=lambda: api.serve_forever(poll_interval=0.05), daemon=True)
    thread.start()
    yield api
    api.shutdown()
    api.server_close()
    thread.join()
