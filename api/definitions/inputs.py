"""What is given to make and change definitions."""

import strawberry


@strawberry.input
class CreateDefinitionInput:
    """A definition and the rows of its dataset."""

    source: str = strawberry.field(description="The definition as YAML (or JSON).")
    dataset_content: str | None = strawberry.field(
        default=None, description="The dataset as text: CSV, JSON or JSONL."
    )
    dataset_base64: str | None = strawberry.field(
        default=None, description="The dataset as bytes in base64: Parquet, or any other format."
    )
    dataset_name: str | None = strawberry.field(
        default=None,
        description="The dataset's file name, for its format and for messages; the definition's "
        "`dataset.path` if left out.",
    )


@strawberry.input
class UpdateDefinitionInput:
    """A definition's next state; its dataset stays."""

    definition_id: strawberry.ID
    source: str = strawberry.field(description="The definition as YAML (or JSON).")
    expected_version: int | None = strawberry.field(
        default=None,
        description="The version that was edited: if there is a newer one, nothing is changed.",
    )


@strawberry.input
class PreviewDefinitionInput:
    """A definition and the rows of its dataset, to be looked at and not stored."""

    source: str = strawberry.field(description="The definition as YAML (or JSON).")
    definition_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The definition that this is to be the next version of: its stored dataset "
        "is used, and no rows are sent.",
    )
    dataset_content: str | None = strawberry.field(
        default=None, description="The dataset as text: CSV, JSON or JSONL."
    )
    dataset_base64: str | None = strawberry.field(
        default=None, description="The dataset as bytes in base64: Parquet, or any other format."
    )
    dataset_name: str | None = strawberry.field(
        default=None,
        description="The dataset's file name, for its format and for messages; the definition's "
        "`dataset.path` if left out.",
    )


@strawberry.input
class ForkDefinitionInput:
    """Which definition is to be had under another name."""

    definition_id: strawberry.ID
    name: str = strawberry.field(description="What the new definition is called.")
    version: int | None = strawberry.field(
        default=None, description="The version to begin from; the current one if left out."
    )
