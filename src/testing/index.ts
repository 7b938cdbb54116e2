export { adapterChecks, describeAdapter } from './describe-adapter.ts'
export type { AdapterCheck, AdapterSuite, TestRunner } from './describe-adapter.ts'
export type { AdapterUnderTest, AdapterWire } from './conformance/bench.ts'
export type { WireFetch } from './traffic/outgoing.ts'
export { adapterParts } from './conformance/check.ts'
export type { AdapterPart } from './conformance/check.ts'
export {
  assertAttempts,
  assertCircuit,
  assertCostAtMost,
  assertNoSecrets,
  assertRoutedTo,
  assertServedBy,
  assertSwitched,
  assertTier,
} from './assertions.ts'
export type { RouteSubject } from './assertions.ts'
export type { ExpectedAttempt, ExpectedSwitch } from './stories/checks.ts'
export { matchers } from './matchers.ts'
export type { MatcherResult, RouteMatchers } from './matchers.ts'
export { findSecrets } from './secrets.ts'
export { recordTraffic } from './traffic/record.ts'
export type { RecordOptions, TrafficRecorder } from './traffic/record.ts'
export { replayTraffic } from './traffic/replay.ts'
export type { ReplayOptions, TrafficReplay } from './traffic/replay.ts'
export type {
  Bytes,
  RecordedAnswer,
  RecordedChunk,
  RecordedEnd,
  RecordedError,
  RecordedExchange,
  RecordedTraffic,
} from './traffic/exchange.ts'
export type { Identity } from './traffic/match.ts'
export { fakeClock } from './fake-clock.ts'
export type { FakeClock, FakeClockOptions } from './fake-clock.ts'
export { fakeProvider } from './fake-provider.ts'
export type { FakeProvider, FakeProviderOptions } from './fake-provider.ts'
export type { FakeCall, FakeScriptStep } from './fake-script.ts'
export { answer, completion, fail, stall, stream, toolCalls } from './fake-steps.ts'
export type { AnswerDetails, FailDetails, FakeRequest, FakeStep, FakeToolCall, StreamDetails } from './fake-steps.ts'
export { vendorSimulator } from './simulator/simulator.ts'
export type { SimulatedVendor, SimulatorOptions, VendorDoor, VendorSimulator } from './simulator/surface.ts'
export { dialects } from './simulator/dialects.ts'
export type { Dialect, ProblemContext, ProblemName, Stamp, VendorError } from './simulator/dialect.ts'
export type { ToolShape, Turn, WireRequest } from './simulator/turn.ts'
export type { Chunking, Part, Piece } from './simulator/exchange.ts'
export { faults } from './simulator/faults.ts'
export type { FaultName } from './simulator/faults.ts'
export type { Fault, FaultParameters, RetryAfter } from './simulator/fault.ts'
export type { Conditions, FaultOptions, Outage } from './simulator/outages.ts'
export type { Ended, RecordedRequest } from './simulator/recorder.ts'
export type { FullReply, Latency, Reply, SimulatedToolCall, SimulatedUsage } from './simulator/reply.ts'
export type { Answer } from './simulator/script.ts'
export type { BegunCall, CallState, Sequel, Sequels } from './simulator/sequels.ts'
