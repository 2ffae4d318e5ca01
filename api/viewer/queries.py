"""Who am I?"""

import strawberry

from api.context import AssayInfo
from api.fields import root
from api.permissions import IsViewer
from api.viewer.types import Viewer


@strawberry.type
class ViewerQueries:
    """Who am I?"""

    @root(IsViewer, "Who am I?")
    def viewer(self, info: AssayInfo) -> Viewer:
        """Who am I?"""
        principal = info.context.principal
        return Viewer(
            actor=principal.actor, role=principal.role, organization=principal.organization_name
        )
