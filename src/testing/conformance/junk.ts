/** Things that could be thrown. Made anew each time, because some of them are spoilt by being looked at. */
export function* junk(): Generator {
  yield* [
    undefined,
    null,
    0,
    Number.NaN,
    10n,
    '',
    'text',
    true,
    Symbol('s'),
    () => undefined,
    [],
    [{ error: { message: 'x' } }],
    {},
  ]
  yield* [
    new Error('plain'),
    new TypeError('fetch failed'),
    new SyntaxError('Unexpected token'),
    new RangeError('x'),
    new AggregateError([], 'x'),
  ]
  yield* [
    new DOMException('aborted', 'AbortError'),
    new DOMException('timeout', 'TimeoutError'),
    AbortSignal.abort().reason,
    new Response('x'),
  ]
  yield Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', errno: -111 })
  yield new TypeError('terminated', { cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }) })
  for (const status of [Number.NaN, -1, 0, 42, 999, 1e9, '503', null, {}]) yield Object.assign(new Error('odd status'), { status })
  for (const headers of [null, 5, 'x', new Map(), { get: 'no function' }, { get: () => 5 }])
    yield Object.assign(new Error('odd headers'), { status: 429, headers })
  for (const error of [null, 5, '', 'text', [], { message: 5 }, { error: { error: {} } }])
    yield Object.assign(new Error('odd body'), { status: 400, error })
  yield Object.assign(new Error('{"error":{"code":"text","details":5}}'), { status: 500 })
  yield Object.assign(new Error('{"error":'), { status: 500 })
  yield Object.freeze(new Error('frozen'))
  yield Object.create(null)
  yield circular()
  yield hostile()
  yield new Proxy({}, thrower)
  yield new Error('x'.repeat(100_000))
}

function circular(): unknown {
  const error = new Error('circular')
  error.cause = error
  return Object.assign(error, { error: { inner: error } })
}

function hostile(): unknown {
  const error = new Error('hostile')
  for (const name of ['message', 'status', 'headers', 'error', 'cause', 'code', 'name', 'stack']) {
    Object.defineProperty(error, name, {
      get() {
        throw new Error(`nobody reads ${name}`)
      },
    })
  }
  return error
}

const thrower: ProxyHandler<object> = {
  get() {
    throw new Error('a proxy that throws')
  },
  has() {
    throw new Error('a proxy that throws')
  },
  getPrototypeOf() {
    throw new Error('a proxy that throws')
  },
}
