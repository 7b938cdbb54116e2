import type { Aside } from '../aside.ts'
import { asideCaller } from '../aside.ts'
import type { DispatcherParts } from '../dispatch.ts'
import { ModelyardError } from '../errors.ts'
import { keyWords } from '../key-presence.ts'
import { picoOf } from '../money.ts'
import type { ModelNames, Target } from '../resolve.ts'
import { ownerOf } from '../routing.ts'
import { checkCompareOptions } from './check.ts'
import { Comparison } from './comparison.ts'
import type { Evidence } from './evidence.ts'
import type { LineFile } from './journal-file.ts'
import { RunJournal } from './journal-file.ts'
import type { JudgeOptions } from './judge.ts'
import type { CompareOptions } from './options.ts'
import type { Spent } from './paid-calls.ts'
import { PaidCalls } from './paid-calls.ts'
import { couplesOf } from './pairs.ts'
import type { Prompt, PromptSource } from './prompts.ts'
import { bad, targetNamed, targetsNamed } from './named.ts'
import { badPrompts, lastText, promptsOf } from './prompts.ts'
import { promptFile } from './prompt-file.ts'
import type { ComparisonReport, FlaggedRow } from './report.ts'
import { reportOf } from './report-of.ts'
import { callOf, Run, taskOrder } from './run.ts'
import { amountOf } from './summary.ts'
import { Validators } from './validators.ts'

/** What of the router, and of the view of it, a comparison works with. */
export interface CompareParts extends Pick<Aside, 'routing' | 'timeout' | 'defaultHeaders'> {
  readonly dispatching: DispatcherParts
  readonly names: ModelNames
  /** Opens a file for appending. */
  readonly lineFile: (path: string) => LineFile
}

/** A comparison, checked and ready to begin. */
interface Setup {
  readonly options: CompareOptions
  readonly targets: readonly Target[]
  readonly prompts: readonly Prompt[]
  readonly judge: (JudgeOptions & { readonly target: Target }) | undefined
  readonly cap: bigint | undefined
}

/** Compares targets on the user's own prompts. */
export async function compare(options: CompareOptions, parts: CompareParts): Promise<Comparison> {
  checkCompareOptions(options)
  if (parts.dispatching.isClosed()) throw new ModelyardError('CLOSED', 'compare(): the router was closed.')
  const { params = {}, resume } = options
  const prompts = promptsOf(await sourcesOf(options.prompts), params)
  await parts.dispatching.prepare()
  const targets = targetsNamed(options.targets, parts.names, { where: 'compare', field: 'targets' })
  const judge = judgeOf(options, parts.names)
  const { maxUsd } = options
  const setup = { options, targets, prompts, judge, cap: maxUsd === undefined ? undefined : picoOf(maxUsd) }
  await checkReady(setup, parts)
  const journal = resume === undefined ? undefined : await RunJournal.open(resume, parts.lineFile(resume))
  try {
    return await carriedOut(setup, journal, parts)
  } finally {
    await journal?.close()
  }
}

async function sourcesOf(prompts: CompareOptions['prompts']): Promise<readonly PromptSource[]> {
  if (typeof prompts === 'string') return promptFile(prompts)
  return prompts.map((value, index) => ({ value, place: `prompts[${index}]` }))
}

function judgeOf({ judge }: CompareOptions, names: ModelNames): Setup['judge'] {
  if (judge === undefined) return undefined
  const options = typeof judge === 'string' ? { model: judge } : judge
  return {
    ...options,
    target: targetNamed(options.model, names, { where: 'compare', field: typeof judge === 'string' ? 'judge' : 'judge.model' }),
  }
}

/** Finds out before anything is paid for what would fail every call: a key that is not there, a limit that cannot be kept. */
async function checkReady(
  { targets, judge, prompts, cap }: Setup,
  { dispatching: { runtime, agents }, routing }: CompareParts,
): Promise<void> {
  const named = targets.map((target, index) => ({ target, field: `targets[${index}]` }))
  for (const { target, field } of judge === undefined ? named : [...named, { target: judge.target, field: 'judge' }]) {
    if (!(await runtime.holdsKey(target, ownerOf(routing, agents)))) throw missingKey(target, field)
    if (cap !== undefined) for (const prompt of prompts) checkPrice(prompt, target, runtime)
  }
}

function missingKey({ adapter, id }: Target, field: string): ModelyardError {
  return new ModelyardError('MISSING_KEY', `compare(): ${field}: the key store holds no ${keyWords(adapter)} for ${id}.`, { field })
}

function checkPrice({ body, id }: Prompt, target: Target, { forecast }: DispatcherParts['runtime']): void {
  let most: ReturnType<typeof forecast>['maxCost']
  try {
    most = forecast({ ...body, model: target.id }, target).maxCost
  } catch (cause) {
    throw badPrompts('what it may cost cannot be estimated, so maxUsd could not be kept', `prompt ${id}`, cause)
  }
  if (most === null)
    throw bad(
      'compare',
      'maxUsd',
      `cannot be kept: the price of ${target.id} is not known; give it one in \`catalog\`, or leave maxUsd out`,
    )
}

async function carriedOut(setup: Setup, journal: RunJournal | undefined, parts: CompareParts): Promise<Comparison> {
  const { options, targets, prompts, judge, cap } = setup
  const { dispatching, routing, timeout, defaultHeaders } = parts
  const { clock, forecast } = dispatching.runtime
  const { repetitions = 1, concurrency = 4, seed = 1, validators = {}, content = false, signal, onProgress } = options
  const call = asideCaller(dispatching, { role: 'compare' })
  const ask: ConstructorParameters<typeof PaidCalls>[0]['ask'] = (aside) => call({ ...aside, routing, timeout, defaultHeaders })
  const calls = new PaidCalls({ ask, forecast, cap, journal, signal })
  const checks = new Validators(validators)
  const parted = { clock, calls, targets, prompts, repetitions, concurrency, validators: checks, judge, seed, onProgress }
  const run = new Run(parted)
  const startedAt = clock.wall()
  await run.ask()
  const [beforeJudge, { made, resumed }] = [calls.spent, calls]
  const verdicts = await run.judge()
  calls.close()
  const evidence: Evidence = {
    targets: targets.map(({ id }) => id),
    unpinned: [],
    prompts: prompts.map(({ index, id, hash, messages }) => ({ index, id, hash, text: lastText(messages) })),
    validators: checks.names,
    results: run.results,
    likenesses: run.likenesses(),
    verdicts,
  }
  const planned = prompts.length * repetitions * targets.length
  const report = await reportOf(evidence, {
    kind: 'comparison',
    name: options.name ?? 'comparison',
    startedAt,
    finishedAt: clock.wall(),
    seed,
    repetitions,
    calls: { planned, made, resumed, missing: planned - run.results.length },
    spend: spendOf(calls, beforeJudge, options),
    interrupted: calls.stopped ?? null,
    judge: judge && { model: judge.target.id, calls: calls.made + calls.resumed - made - resumed },
    couples: couplesOf(targets.length),
    content,
    flags: journal === undefined ? [] : journalFlags(journal, calls, setup),
  })
  return new Comparison(report)
}

function spendOf({ spent, earlier }: PaidCalls, beforeJudge: Spent, { maxUsd }: CompareOptions): ComparisonReport['spend'] {
  return {
    total: amountOf(spent.pico),
    judge: amountOf(spent.pico - beforeJudge.pico),
    earlier: amountOf(earlier),
    unpricedCalls: spent.unpriced,
    capUsd: maxUsd ?? null,
  }
}

/** What the journal leaves open. */
function journalFlags(journal: RunJournal, calls: PaidCalls, { options, targets, prompts }: Setup): readonly FlaggedRow[] {
  const { repetitions = 1, seed = 1 } = options
  const places = new Map<string, Omit<FlaggedRow, 'code' | 'message'>>()
  if (journal.unsettled.length > 0) {
    for (const task of taskOrder({ prompts, targets, repetitions, seed })) {
      const call = callOf(task, targets)
      if (call === undefined) continue
      places.set(calls.keyOf(call), { target: call.target.id, prompt: task.prompt.index, repetition: task.repetition })
    }
  }
  const nowhere = { target: null, prompt: null, repetition: null }
  return [
    ...journal.unreadable.map((line): FlaggedRow => ({
      code: 'journal_line',
      message: `Line ${line} of the journal cannot be read.`,
      ...nowhere,
    })),
    ...journal.unsettled.map(({ key }): FlaggedRow => {
      const message = 'An earlier run ended during this call: it may have been paid for, and was made again.'
      return { code: 'unsettled', message, ...(places.get(key) ?? nowhere) }
    }),
  ]
}
