import { crc32 } from 'node:zlib'

/** A frame of `application/vnd.amazon.eventstream`: lengths, headers that are strings, payload, checksums. */
function frame(headers: Readonly<Record<string, string>>, payload: string): Uint8Array {
  return sealed(Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value))), Buffer.from(payload))
}

/** Two lengths and their checksum. */
const preludeLength = 12

function sealed(head: Uint8Array, body: Uint8Array): Uint8Array {
  const prelude = Buffer.alloc(8)
  prelude.writeUInt32BE(preludeLength + head.length + body.length + 4, 0)
  prelude.writeUInt32BE(head.length, 4)
  const unsealed = Buffer.concat([prelude, checksum(prelude), head, body])
  return Buffer.concat([unsealed, checksum(unsealed)])
}

function header(name: string, value: string): Uint8Array {
  const bytes = Buffer.from(value)
  const size = Buffer.alloc(2)
  size.writeUInt16BE(bytes.length)
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.of(7), size, bytes])
}

function checksum(bytes: Uint8Array): Uint8Array {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(bytes))
  return sum
}

/** An event with a JSON payload. */
export function eventFrame(type: string, payload: string): Uint8Array {
  return frame({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, payload)
}

/** An exception inside a stream: the vendor's word for it begins with a small letter here. */
export function exceptionFrame(name: string, message: string): Uint8Array {
  const type = name.charAt(0).toLowerCase() + name.slice(1)
  return frame(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify({ message }),
  )
}

/** A frame with another payload, its lengths and checksums right. */
export function payloadAltered(frameBytes: Uint8Array, change: (payload: Buffer) => Uint8Array): Uint8Array {
  const bytes = Buffer.from(frameBytes)
  const end = preludeLength + bytes.readUInt32BE(4)
  return sealed(bytes.subarray(preludeLength, end), change(bytes.subarray(end, -4)))
}
