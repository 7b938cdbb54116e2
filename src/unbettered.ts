/**
 * A request has come to its end, and an answer was kept for that: how a journey says so to whoever kept it. Nobody
 * else sees it.
 */
export class Unbettered extends Error {}
