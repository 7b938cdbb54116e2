import { describe, expect, it } from 'vitest'
import { RetryBudget } from '../src/retry-budget.ts'

/** How many failures in a row the target has left before nobody tries it again. */
function left(budget: RetryBudget, target: string): number {
  for (let failures = 0; ; failures += 1) {
    if (!budget.allows(target)) return failures
    budget.failed(target)
  }
}

function spent(failures: number): RetryBudget {
  const budget = new RetryBudget()
  for (let count = 0; count < failures; count += 1) budget.failed('a')
  return budget
}

describe('RT-06 the retry budget of a target', () => {
  it('is used up by five failures, and is its own', () => {
    const budget = new RetryBudget()
    expect(left(budget, 'a')).toBe(5)
    expect(left(budget, 'b')).toBe(5)
  })

  it('has a tenth of a failure back for every success', () => {
    const budget = spent(5)
    expect(budget.allows('a')).toBe(false)
    budget.succeeded('a')
    expect(left(budget, 'a')).toBe(1)
    for (let successes = 0; successes < 20; successes += 1) budget.succeeded('a')
    expect(left(budget, 'a')).toBe(2)
  })

  it.each([
    [9, 5],
    [10, 5],
    [11, 5],
    [1000, 5],
  ])('is never fuller than full: one failure, %i successes', (successes, failures) => {
    const budget = spent(1)
    for (let count = 0; count < successes; count += 1) budget.succeeded('a')
    expect(left(budget, 'a')).toBe(failures)
  })

  it('is never emptier than empty', () => {
    const budget = spent(1000)
    for (let successes = 0; successes < 51; successes += 1) budget.succeeded('a')
    expect(budget.allows('a')).toBe(true)
  })

  it('of who never failed is full, whoever else has failed', () => {
    const budget = spent(5)
    budget.succeeded('b')
    expect(left(budget, 'b')).toBe(5)
  })

  it('is kept for ten thousand targets; the one whose last failure is the oldest is forgotten', () => {
    const budget = new RetryBudget()
    const names = Array.from({ length: 10_000 }, (_, index) => `target ${index}`)
    for (const name of names) left(budget, name)
    expect(names.some((name) => budget.allows(name))).toBe(false)
    budget.failed('target 0')
    budget.failed('one more')
    expect(names.filter((name) => budget.allows(name))).toEqual(['target 1'])
  })
})
