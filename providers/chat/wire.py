"""The requests of the chat, written exactly as the documents' examples: misspelling and all."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """A part of a request: only what was given is sent, and all of it is text."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,
    )


class UserInfo(Wire):
    """Who speaks; the examples name these with underscores."""

    first_name: str | None = Field(default=None, alias="first_name")
    last_name: str | None = Field(default=None, alias="last_name")
    uid: str
    username: str | None = None


class ConversationRequest(Wire):
    """The channel and its user."""

    channel: str
    user_info: UserInfo


class EntityInfo(Wire):
    """What it is about.  Raise: order, text, category; track: order and number."""

    order_id: str | None = None
    complaint_id: str | None = None
    problem_statment: str | None = None
    category: str | None = None


class Params(Wire):
    """One level of nesting."""

    entity_info: EntityInfo


class Parameters(Wire):
    """Another one."""

    params: Params


class QueryInfo(Wire):
    """The label of the call and its parameters."""

    interest_type: str
    parameters: Parameters


class ChatRequest(Wire):
    """A POST of the chat: sections "Example Request" of RaisingComplaints.md and its siblings."""

    conversation_request: ConversationRequest
    query_info: QueryInfo
    language_code: str

    @classmethod
    def of(
        cls, conversation: ConversationRequest, label: str, entity: EntityInfo, language: str
    ) -> ChatRequest:
        """One request, nested as the examples are."""
        return cls(
            conversation_request=conversation,
            query_info=QueryInfo(
                interest_type=label, parameters=Parameters(params=Params(entity_info=entity))
            ),
            language_code=language,
        )

    def document(self) -> dict[str, object]:
        """The JSON object to send."""
        return self.model_dump(by_alias=True, exclude_none=True)
