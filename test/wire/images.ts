import { createServer } from 'node:http'

/** As much of an image as says what it is. */
export const png = 'iVBORw0KGgo='

const host = createServer((_, response) => response.setHeader('content-type', 'image/png').end(Buffer.from(png, 'base64')))
await new Promise<void>((resolve) => void host.listen(0, '127.0.0.1', resolve))
host.unref()
const address = host.address()

/** Where the tables' one image is. */
export const web = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}/a.png`
