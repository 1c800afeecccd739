"""What `maestro_client` (the package `botcity-maestro-client`) offers, for Botyard: change the import.

from botyard.sdk.maestro_client import MaestroClient, MaestroClientError
"""

from botyard.sdk.maestro_client.helpers import MaestroClientError, MaestroResponse
from botyard.sdk.maestro_client.maestro_client import MaestroClient

__all__ = ["MaestroClient", "MaestroClientError", "MaestroResponse"]
