"""The description of native v1 that programs read: OpenAPI 3.1, made of the route table and the wire's structs."""

from botyard.protocols.native.description.document import openapi
from botyard.protocols.native.description.operations import Operation, operations

__all__ = ["Operation", "openapi", "operations"]
