"""What the pages can do: mutations, each a document with one field."""

from typing import Final


def _control(name: str) -> str:
    title = name[0].upper() + name[1:]
    return (
        f"mutation {title}($id: ID!) {{ {name}(input: {{runId: $id}}) {{"
        " run { id status } errors { code field message line column } } }"
    )


ERRORS: Final = "errors { code field message line column }"

PAUSE: Final = _control("pauseRun")
RESUME: Final = _control("resumeRun")
CANCEL: Final = _control("cancelRun")
SET_RUN_BUDGET: Final = f"""
mutation SetRunBudget($input: SetRunBudgetInput!) {{
  setRunBudget(input: $input) {{ run {{ id }} {ERRORS} }}
}}
"""
RERUN: Final = f"""
mutation Rerun($input: RerunInput!) {{ rerun(input: $input) {{ run {{ id }} {ERRORS} }} }}
"""
START_RUN: Final = f"""
mutation StartRun($input: StartRunInput!) {{ startRun(input: $input) {{ run {{ id }} {ERRORS} }} }}
"""
CREATE_DEFINITION: Final = f"""
mutation CreateDefinition($input: CreateDefinitionInput!) {{
  createDefinition(input: $input) {{ definition {{ id }} {ERRORS} }}
}}
"""
UPDATE_DEFINITION: Final = f"""
mutation UpdateDefinition($input: UpdateDefinitionInput!) {{
  updateDefinition(input: $input) {{ definition {{ id currentVersion }} {ERRORS} }}
}}
"""
FORK_DEFINITION: Final = f"""
mutation ForkDefinition($input: ForkDefinitionInput!) {{
  forkDefinition(input: $input) {{ definition {{ id }} {ERRORS} }}
}}
"""
PREVIEW_DEFINITION: Final = f"""
mutation PreviewDefinition($input: PreviewDefinitionInput!) {{
  previewDefinition(input: $input) {{
    preview {{
      name scenarioCount attemptCount rowCount columns rows
      scenarios {{ key dimensions messages {{ role content }} }}
    }}
    {ERRORS}
  }}
}}
"""
