// `@google/genai` names three browser types in its Node declarations. The whole DOM library would put `name`, `event` and
// hundreds of other globals within reach of a typing error, so only these three are declared. Not part of the package.
type RequestInfo = Request | string
type HeadersInit = NonNullable<RequestInit['headers']>
type ErrorEvent = Event
