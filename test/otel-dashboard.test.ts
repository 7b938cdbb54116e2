import { once } from 'node:events'
import { createServer } from 'node:http'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import dashboard from '../docs/grafana-dashboard.json' with { type: 'json' }
import { createRouter } from '../src/index.ts'
import { openTelemetry } from '../src/otel/index.ts'
import { metric } from '../src/otel/names.ts'
import { answer, fail, fakeProvider, stream } from '../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'Hello' }]

/** What Prometheus would read off a router that has done a bit of everything: each series' name with the labels that it has. */
async function scraped(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const meterProvider = new MeterProvider({ readers: [exporter] })
  const prices = { input: 1, output: 2, source: 'the price list', asOf: '2026-11-01' }
  const large = { provider: 'one', id: 'large', tier: 'standard', input: ['text'], features: ['streaming'], prices } as const
  const script = [stream(['Hel', 'lo']), answer('Hello'), fail({ status: 401 }), fail({ status: 503 })]
  const client = createRouter({
    providers: [
      fakeProvider({ id: 'one', models: [large], script }),
      fakeProvider({ id: 'two', models: ['small'], script: [answer('Hello'), fail({ status: 400 })] }),
    ],
    agents: { support: { primary: 'one/large', fallback: ['two/small'] } },
    targets: { 'one/large': { maxConcurrent: 1 } },
    audit: { write() {} },
    telemetry: openTelemetry({ meterProvider }),
  })
  const support = client.agent('support').chat.completions
  for await (const chunk of await support.create({ model: 'auto', messages, stream: true })) void chunk
  await support.create({ model: 'auto', messages })
  await support.create({ model: 'auto', messages })
  await expect(support.create({ model: 'auto', messages })).rejects.toMatchObject({ status: 400 })

  const server = createServer((request, response) => exporter.getMetricsRequestHandler(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new TypeError('no port')
  const text = await (await fetch(`http://127.0.0.1:${address.port}/metrics`)).text()
  server.close()
  await client.close()
  await meterProvider.shutdown()
  const series = new Map<string, Set<string>>()
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? /gim)) {
    const known = series.get(name) ?? new Set()
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label)
    series.set(name, known)
  }
  return series
}

const panels = dashboard.panels.flatMap((panel) =>
  'targets' in panel ? panel.targets.map(({ expr, legendFormat }) => ({ title: panel.title, expr, legendFormat })) : [],
)

const braces = /\{[^}]*\}/g
const grouping = /\bby \(([^)]*)\)/g

/** The series that an expression names. */
function seriesIn(expr: string): readonly string[] {
  return (
    expr
      .replaceAll(braces, '')
      .replaceAll(grouping, '')
      .match(/\b(?:gen_ai|modelyard)_\w+/g) ?? []
  )
}

/** The labels that an expression matches by, groups by, or shows. */
function labelsIn(expr: string, legend: string): readonly string[] {
  const matched = [...expr.matchAll(braces)].flatMap(([matchers]) => matchers.match(/\w+(?=\s*(?:=|!))/g) ?? [])
  const grouped = [...expr.matchAll(grouping)].flatMap(([, names = '']) => names.split(/,\s*/))
  const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name)
  return [...matched, ...grouped, ...shown]
}

// A matcher for the empty value holds of series that have no such label.
const optional = new Set(['modelyard_aside', 'error_type'])

describe('docs/grafana-dashboard.json', () => {
  let series: ReadonlyMap<string, ReadonlySet<string>>
  beforeAll(async () => {
    series = await scraped()
  })
  afterAll(() => expect(panels.length).toBeGreaterThan(20))

  it.each(panels)('$title: $expr names only series and labels that the exporter emits', ({ expr, legendFormat }) => {
    const names = seriesIn(expr)
    expect(names.length).toBeGreaterThan(0)
    expect(names.filter((name) => !series.has(name))).toEqual([])
    const known = new Set(names.flatMap((name) => [...(series.get(name) ?? [])]))
    expect(labelsIn(expr, legendFormat).filter((label) => !known.has(label) && !optional.has(label))).toEqual([])
  })

  it('shows every metric that there is', () => {
    const shown = new Set(
      panels.flatMap(({ expr }) => seriesIn(expr)).map((name) => name.replace(/_(bucket|sum|count|total)$/, '')),
    )
    expect([...shown].toSorted()).toEqual(
      Object.values(metric)
        .map((name) => name.replaceAll('.', '_'))
        .toSorted(),
    )
  })

  it('asks for its models by a series and a label that there are', () => {
    const definitions = dashboard.templating.list.flatMap((variable) => ('definition' in variable ? [variable.definition] : []))
    expect(definitions).toEqual(['label_values(gen_ai_client_operation_duration_count, gen_ai_request_model)'])
    expect(series.get('gen_ai_client_operation_duration_count')?.has('gen_ai_request_model')).toBe(true)
  })

  it('can be imported: every panel has an id, a place and the data source that is chosen at the import', () => {
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const panel of dashboard.panels) {
      expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24)
      if ('targets' in panel) for (const { datasource } of panel.targets) expect(datasource.uid).toBe('${datasource}')
    }
    const places = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    )
    expect(new Set(places).size).toBe(places.length)
  })
})
