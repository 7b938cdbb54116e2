// OpenTelemetry: a trace of a failover, and metrics as Prometheus would scrape them. Over the real SDK, in this process alone.
// Run it: npm run example examples/16-telemetry.ts
import { once } from 'node:events'
import { createServer } from 'node:http'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { createRouter, memoryKeys } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { openai } from 'modelyard/openai'
import { openTelemetry } from 'modelyard/otel'
import { vendorSimulator } from 'modelyard/testing'

// An application has this in a file of its own, with an exporter to its collector in place of the one in memory.
const spans = new InMemorySpanExporter()
const prometheus = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true })
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
const meterProvider = new MeterProvider({ readers: [prometheus] })

await using simulator = await vendorSimulator()
const client = createRouter({
  providers: [openai({ baseURL: simulator.openai.baseURL }), anthropic({ baseURL: simulator.anthropic.baseURL })],
  keys: memoryKeys({ OPENAI_API_KEY: 'any', ANTHROPIC_API_KEY: 'any' }),
  agents: { support: { primary: 'openai/gpt-6-luna', fallback: ['anthropic/claude-haiku-4-5'] } },
  telemetry: openTelemetry({ meterProvider }),
})

// What the application itself traces is the parent of what the router does for it.
simulator.failOnce('openai', 'overloaded')
await trace.getTracer('my application').startActiveSpan('POST /support', async (span) => {
  const messages = [{ role: 'user' as const, content: 'Where is my invoice?' }]
  const stream = await client.agent('support').chat.completions.create({ model: 'auto', messages, stream: true })
  for await (const chunk of stream) void chunk
  span.end()
})

console.log('The trace:')
const finished = spans.getFinishedSpans()
const shown = ['error.type', 'gen_ai.provider.name', 'gen_ai.usage.output_tokens', 'modelyard.chain', 'modelyard.reason']
function print(parent: string | undefined, depth: number): void {
  for (const span of finished.filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)) {
    console.log(`${'  '.repeat(depth)}${span.name}  ${described(span.attributes)}`)
    for (const { name, attributes } of span.events) console.log(`${'  '.repeat(depth)}  * ${name}  ${described(attributes ?? {})}`)
    print(span.spanContext().spanId, depth + 1)
  }
}
function described(attributes: ReadableSpan['attributes']): string {
  return shown.flatMap((name) => (name in attributes ? [`${name}: ${String(attributes[name])}`] : [])).join(', ')
}
print(undefined, 1)

// The text that Prometheus asks for every few seconds, at an address of the application's own.
const server = createServer((request, response) => prometheus.getMetricsRequestHandler(request, response))
await once(server.listen(0, '127.0.0.1'), 'listening')
const address = server.address()
const port = typeof address === 'object' ? address?.port : undefined
const scraped = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
console.log('\nSome of the metrics:')
const shownMetrics = /^(gen_ai_client_token_usage_sum|modelyard_(request_duration_sum|cost_sum|switches_total|requests_running))\b/
for (const line of scraped.split('\n').filter((text) => shownMetrics.test(text))) console.log(`  ${line}`)

server.close()
await client.close()
await meterProvider.shutdown()
