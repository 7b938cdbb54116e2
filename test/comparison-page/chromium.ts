import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The Chromium of this machine: `CHROMIUM_PATH`, else where it usually is; `undefined` where there is none. */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_PATH']
  return named === undefined || named === '' ? usualPlaces.find((path) => existsSync(path)) : named
}

export function launch(executablePath: string): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
  return chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', ...quiet],
    timeout: 120_000,
  })
}

/** An open page, with everything that it asked of the network and complained about. */
export interface Opened extends AsyncDisposable {
  readonly page: Page
  readonly requests: readonly string[]
  /** Those that its policy let out. */
  readonly sent: readonly string[]
  readonly complaints: readonly string[]
}

/** A loaded machine is no reason to fail. */
export const patience = { timeout: 90_000 }

/** The address under which pages are served; nobody answers there but the test. */
const address = 'http://report.test/'

/** Opens the page as a server would serve it, and waits until its charts are drawn. */
export async function open(
  browser: Browser,
  html: string,
  options: BrowserContextOptions & { readonly charts?: number } = {},
): Promise<Opened> {
  const { charts = 3, ...settings } = options
  const context = await browser.newContext(settings)
  const page = await context.newPage()
  page.setDefaultTimeout(patience.timeout)
  const [requests, sent, complaints]: [string[], string[], string[]] = [[], [], []]
  page.on('request', (request) => requests.push(request.url()))
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  await context.route('**', (route) => {
    const url = route.request().url()
    sent.push(url)
    return url === address ? route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }) : route.abort()
  })
  await page.goto(address)
  if (settings.javaScriptEnabled !== false)
    await page.waitForFunction((drawn) => document.querySelectorAll('.chart > svg').length === drawn, charts)
  return { page, requests, sent, complaints, [Symbol.asyncDispose]: () => context.close() }
}
