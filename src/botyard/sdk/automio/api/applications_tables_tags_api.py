"""Tags of tables."""

from __future__ import annotations

from typing import Unpack

from botyard.sdk.automio.api.operations import Operations
from botyard.sdk.automio.api_client import segment
from botyard.sdk.automio.api_response import ApiResponse
from botyard.sdk.automio.models import Tag
from botyard.sdk.automio.options import Options


class ApplicationsTablesTagsApi(Operations):
    """Words that rows of a table may carry."""

    def add_tag(self, app_id: int | str, table_name: str, tag: Tag, **options: Unpack[Options]) -> Tag:
        """Make a tag, or find the one of that name."""
        return self.add_tag_with_http_info(app_id, table_name, tag, **options).data

    def add_tag_with_http_info(
        self, app_id: int | str, table_name: str, tag: Tag, **options: Unpack[Options]
    ) -> ApiResponse[Tag]:
        """Make a tag, or find the one of that name, with the answer around it."""
        path = f"/api/apps/table-tags/{segment(app_id)}/{segment(table_name)}/add/"
        return self.api_client.ask(Tag, "POST", path, body=tag, options=options)
