import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderHtml } from '../../src/compare/html/index.ts'
import { findChromium, launch, open, patience } from './chromium.ts'
import { tooFaint } from './contrast.ts'
import { colours, cutOff, drawn, overflow, shownTexts } from './in-page.ts'
import { promptRow, sampleReport, traits, type Traits } from './sample-report.ts'

const chromium = findChromium()

/** The report with all that it may have: content, notices, flagged rows. */
const full = sampleReport([...traits, { target: 'cumulus/unpriced', medianMs: 880, perThousandUsd: null, quality: 0.5 }], {
  prompts: Array.from({ length: 8 }, (_, index) =>
    promptRow(index, traits, index < 2 ? { text: 'Where is my parcel?\n\nOrder 8812', answer: 'It arrives tomorrow.' } : {}),
  ),
  interrupted: { reason: 'cap', message: 'The next call might have cost more than was left.' },
})
const html = renderHtml(full)

const desktop = { viewport: { width: 1180, height: 800 } }
const phone = { viewport: { width: 360, height: 740 } }

describe.skipIf(chromium === undefined)(
  'the page in a browser (skipped without Chromium: CHROMIUM_PATH)',
  { timeout: 120_000 },
  () => {
    let browser: Browser
    let folder = ''

    beforeAll(async () => {
      browser = await launch(chromium ?? '')
      folder = await mkdtemp(join(tmpdir(), 'comparison-page-'))
    }, 180_000)

    afterAll(async () => {
      await browser.close()
      await rm(folder, { recursive: true })
    })

    it('asks nothing of the network, and nothing goes wrong in it', async () => {
      await using opened = await open(browser, html, desktop)
      expect(opened.requests).toEqual(['http://report.test/'])
      expect(opened.complaints).toEqual([])
    })

    it('lets no script run but its own, and no address be loaded', async () => {
      await using opened = await open(browser, html, desktop)
      await opened.page.evaluate(() => {
        const script = document.createElement('script')
        script.textContent = 'document.title = "taken over"'
        const image = document.createElement('img')
        image.src = 'https://elsewhere.test/pixel.png'
        document.body.append(script, image)
      })
      await expect.poll(() => opened.complaints.length, patience).toBe(2)
      expect(opened.complaints.join('\n')).toMatch(/script.*Content Security Policy[^]*image.*Content Security Policy/)
      expect(await opened.page.title()).toBe('Support answers, November – model comparison')
      expect(opened.sent).toHaveLength(1)
    })

    it('draws every target that there is a number for', async () => {
      await using opened = await open(browser, html, desktop)
      const chart = (name: string): Promise<Record<string, number>> => opened.page.evaluate(drawn, name)
      const samples = full.targets.reduce((sum, target) => sum + target.samples.latencyMs.length, 0)
      // Five have a price; each has an interval across and one upwards; three of them are on the front.
      expect(await chart('quality')).toMatchObject({ symbols: 5, beaten: 2, intervals: 10, fronts: 1 })
      expect(await chart('latency')).toMatchObject({ symbols: 6, medians: 6, intervals: 6, dots: samples })
      expect(await chart('cost')).toMatchObject({ symbols: 5, bars: 5, intervals: 5 })
    })

    it('draws better higher and dearer farther to the right, whatever the scale', async () => {
      await using opened = await open(browser, html, desktop)
      const places = await opened.page.evaluate(() =>
        [...document.querySelectorAll('#quality path.form')].map((symbol) => {
          const { x, y, width, height } = symbol.getBoundingClientRect()
          return { x: x + width / 2, y: y + height / 2 }
        }),
      )
      expect(order(places.map(({ x }) => x))).toEqual(order(traits.map(({ perThousandUsd }) => perThousandUsd ?? 0)))
      expect(order(places.map(({ y }) => -y))).toEqual(order(traits.map(({ quality }) => quality ?? 0)))
    })

    it.each([
      ['light', desktop],
      ['dark', desktop],
      ['light', phone],
      ['dark', phone],
    ] as const)('has text of enough contrast, %s, at %o', async (colorScheme, size) => {
      await using opened = await open(browser, html, { ...size, colorScheme })
      await unfold(opened.page)
      const texts = await opened.page.evaluate(shownTexts)
      expect(texts.length).toBeGreaterThan(200)
      expect(tooFaint(texts)).toEqual([])
    })

    it('is dark where the reader asks for it', async () => {
      await using light = await open(browser, html, { colorScheme: 'light' })
      await using dark = await open(browser, html, { colorScheme: 'dark' })
      expect(await background(light.page)).toBe('rgb(245, 246, 248)')
      expect(await background(dark.page)).toBe('rgb(15, 20, 27)')
      await dark.page.emulateMedia({ media: 'print' })
      expect(await background(dark.page)).toBe('rgb(255, 255, 255)')
    })

    it.each([
      ['a desktop', desktop],
      ['a phone', phone],
      ['a phone held sideways', { viewport: { width: 740, height: 360 } }],
    ])('fits %s, its charts too', async (_name, size) => {
      await using opened = await open(browser, html, size)
      await unfold(opened.page)
      expect(await opened.page.evaluate(overflow)).toBe(0)
      expect(await opened.page.evaluate(cutOff)).toEqual([])
    })

    it('draws its charts anew when the width changes', async () => {
      await using opened = await open(browser, html, desktop)
      const width = (): Promise<string | null> => opened.page.locator('#quality svg').getAttribute('viewBox')
      const before = await width()
      await opened.page.setViewportSize(phone.viewport)
      await expect.poll(width, patience).not.toBe(before)
      await expect.poll(() => opened.page.evaluate(cutOff), patience).toEqual([])
      expect(await opened.page.locator('.chart > svg').count()).toBe(3)
    })

    it('is sorted by keyboard alone, and says so; what is unknown comes last both ways', async () => {
      await using opened = await open(browser, html, desktop)
      const table = opened.page.getByRole('region', { name: 'Targets side by side' }).getByRole('table')
      const names = (): Promise<string[]> => table.locator('tbody th .name').allTextContents()
      await opened.page.keyboard.press('Tab')
      expect(await opened.page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the results')
      const head = table.getByRole('columnheader', { name: 'Cost of 1,000 calls' })
      const isThere = (): Promise<boolean> => head.getByRole('button').evaluate((button) => button === document.activeElement)
      while (!(await isThere())) await opened.page.keyboard.press('Tab')
      await opened.page.keyboard.press('Enter')
      expect(await head.getAttribute('aria-sort')).toBe('ascending')
      expect(await names()).toEqual([
        'borealis/quick-1',
        'acme/small-2',
        'cumulus/open-70b',
        'acme/large-2',
        'borealis/deep-1',
        'cumulus/unpriced',
      ])
      expect(await opened.page.getByRole('status').textContent()).toBe('Sorted by Cost of 1,000 calls, ascending')
      await opened.page.keyboard.press('Space')
      expect(await head.getAttribute('aria-sort')).toBe('descending')
      expect((await names()).at(0)).toBe('borealis/deep-1')
      expect((await names()).at(-1)).toBe('cumulus/unpriced')
      await table.getByRole('columnheader', { name: 'Target' }).getByRole('button').press('Enter')
      expect((await names())[0]).toBe('acme/large-2')
      expect(await table.locator('[aria-sort=ascending], [aria-sort=descending]').count()).toBe(1)
    })

    it('shows where the focus is', async () => {
      await using opened = await open(browser, html, desktop)
      await opened.page.keyboard.press('Tab')
      const skip = opened.page.getByRole('link', { name: 'Skip to the results' })
      // It slides in.
      await skip.evaluate((link) => Promise.all(link.getAnimations().map(({ finished }) => finished)))
      expect((await skip.boundingBox())?.x).toBeGreaterThanOrEqual(0)
      expect(await skip.evaluate((link) => getComputedStyle(link).outlineStyle)).toBe('solid')
      await opened.page.keyboard.press('Enter')
      expect(await opened.page.evaluate(() => document.activeElement?.id)).toBe('main')
    })

    it('has landmarks, one first heading, and a name for everything that needs one', async () => {
      await using opened = await open(browser, html, desktop)
      await unfold(opened.page)
      for (const landmark of ['banner', 'main', 'contentinfo'] as const)
        expect(await opened.page.getByRole(landmark).count(), landmark).toBe(1)
      expect(await opened.page.getByRole('heading', { level: 1 }).count()).toBe(1)
      const levels = await opened.page.getByRole('heading').evaluateAll((all) => all.map(({ tagName }) => Number(tagName.slice(1))))
      for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1)
      const session = await opened.page.context().newCDPSession(opened.page)
      const { nodes } = await session.send('Accessibility.getFullAXTree')
      const named = nodes
        .filter(({ ignored }) => !ignored)
        .map(({ role, name }) => ({ role: String(role?.value), name: String(name?.value ?? '') }))
      for (const needy of ['table', 'region', 'image', 'button', 'link', 'columnheader', 'rowheader', 'heading']) {
        const names = named.filter(({ role }) => role === needy).map(({ name }) => name)
        expect(names.length, needy).toBeGreaterThan(0)
        expect(names.filter((name) => name === '').length, needy).toBe(0)
      }
    })

    it('says in words what each chart shows', async () => {
      await using opened = await open(browser, html, desktop)
      const chart = opened.page.getByRole('img', { name: 'Cost against win rate' })
      const described = await chart.getAttribute('aria-describedby')
      expect(
        await opened.page
          .locator(`#${described ?? ''} li`)
          .first()
          .textContent(),
      ).toBe(
        'acme/large-2: win rate 72% (95% interval 66% to 78%), $11.40 (95% interval $10.49 to $12.31) per 1,000 calls, on the Pareto front.',
      )
      const cells = opened.page.getByRole('region', { name: 'Cost and win rate by target' }).locator('tbody tr').first()
      await unfold(opened.page)
      expect(await cells.locator('td .number').allTextContents()).toEqual(['72%', '$11.40'])
    })

    it('reads without JavaScript: its tables are there, and it says why the charts are not', async () => {
      await using opened = await open(browser, html, { ...desktop, javaScriptEnabled: false })
      expect(await opened.page.locator('h1').textContent()).toContain('acme/small-2 does as well as acme/large-2')
      expect(await opened.page.locator('#targets-card tbody tr').count()).toBe(6)
      expect(await opened.page.locator('noscript p').count()).toBe(3)
      expect(await opened.page.locator('noscript p').first().isVisible()).toBe(true)
      await opened.page.getByText('The numbers of this chart').first().click()
      expect(await opened.page.getByRole('region', { name: 'Cost and win rate by target' }).isVisible()).toBe(true)
      expect(opened.complaints).toEqual([])
    })

    it('prints on light paper with nothing cut', async () => {
      await using opened = await open(browser, html, { ...desktop, colorScheme: 'dark' })
      const pdf = await opened.page.pdf({ format: 'A4', path: join(folder, 'page.pdf') })
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
      // As wide as A4 between its margins.
      await opened.page.emulateMedia({ media: 'print' })
      await opened.page.setViewportSize({ width: 688, height: 1000 })
      expect(await opened.page.evaluate(overflow)).toBe(0)
      expect(await opened.page.evaluate(cutOff)).toEqual([])
      const texts = await opened.page.evaluate(shownTexts)
      expect(texts.length).toBeGreaterThan(200)
      expect(tooFaint(texts)).toEqual([])
    })

    it('moves nothing for those who want nothing moved', async () => {
      await using opened = await open(browser, html, { ...desktop, reducedMotion: 'reduce' })
      const moving = await opened.page.evaluate(
        () =>
          [...document.querySelectorAll('*')].filter((element) => {
            const { animationName, transitionDuration } = getComputedStyle(element)
            return animationName !== 'none' || transitionDuration !== '0s'
          }).length,
      )
      expect(moving).toBe(0)
    })

    it.each([
      ['light', desktop],
      ['dark', desktop],
      ['light', phone],
    ] as const)('is a picture worth sending, %s, at %o', async (colorScheme, size) => {
      await using opened = await open(browser, html, { ...size, colorScheme })
      const path = join(folder, `${colorScheme}-${size.viewport.width}.png`)
      const picture = await opened.page.screenshot({ path, fullPage: true })
      expect((await stat(path)).size).toBe(picture.length)
      const url = `data:image/png;base64,${picture.toString('base64')}`
      expect(await opened.page.evaluate(colours, url)).toBeGreaterThan(200)
    })

    it('shows hostile text as the text that it is, in tables and charts', async () => {
      const names = [
        '</script><script>window.hacked = 1</script>',
        '<img src=x onerror="window.hacked = 1">',
        `"'><svg onload=alert(1)>`,
        'a\u2028b\u2029c',
        '\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd',
        '👩‍👩‍👧‍👦'.repeat(40),
        'x'.repeat(300),
        '&amp;&lt;',
        'nul \0 and half \ud83d',
      ]
      const of = names.map((name, index): Traits => ({
        target: `host/${name}`,
        medianMs: 500 + index * 300,
        perThousandUsd: index + 1,
        quality: 0.3 + index / 20,
      }))
      const report = sampleReport(of, {
        name: names[0] ?? '',
        validators: names,
        prompts: names.map((text, index) => ({ ...promptRow(index, of, { text, answer: text }), id: text })),
        flagged: names.map((message) => ({ code: 'failed', message, target: message, prompt: 0, repetition: 1 })),
        flaggedTotal: names.length,
      })
      await using opened = await open(browser, renderHtml(report), phone)
      await unfold(opened.page)
      expect(opened.complaints).toEqual([])
      expect(opened.requests).toHaveLength(1)
      expect(await opened.page.evaluate(() => ['hacked' in window, document.querySelectorAll('img, script').length])).toEqual([
        false,
        2,
      ])
      const shown = names.map((name) => name.replaceAll(/\0|\p{Surrogate}/gu, '\ufffd'))
      expect(await opened.page.locator('#targets-card tbody .name').allTextContents()).toEqual(shown.map((name) => `host/${name}`))
      expect(await opened.page.locator('#flagged-card .message').allTextContents()).toEqual(shown)
      expect(await opened.page.locator('blockquote').allTextContents()).toEqual(shown)
      expect(await opened.page.evaluate(overflow)).toBe(0)
      expect(await opened.page.evaluate(cutOff)).toEqual([])
    })

    it.each<[string, readonly Traits[], number]>([
      ['a single target', traits.slice(0, 1), 3],
      [
        'targets that are all alike',
        [1, 2, 3].map((place) => ({ target: `a/${place}`, medianMs: 500, perThousandUsd: 2, quality: 0.5 })),
        3,
      ],
      [
        'twelve targets',
        Array.from({ length: 12 }, (_, at) => ({
          target: `p${at % 4}/m${at}`,
          medianMs: 300 * 1.4 ** at,
          perThousandUsd: 0.2 * 1.6 ** at,
          quality: 0.3 + at / 30,
        })),
        3,
      ],
      [
        'targets that are free',
        [1, 2].map((place) => ({ target: `a/${place}`, medianMs: 500 * place, perThousandUsd: 0, quality: 0.5 })),
        3,
      ],
      ['nothing but latency', [{ target: 'a/b', medianMs: 500, perThousandUsd: null, quality: null }], 1],
      ['no answer at all', [{ target: 'a/b', medianMs: 500, perThousandUsd: null, quality: null, failed: 120 }], 0],
    ])('draws %s', async (_name, of, charts) => {
      await using opened = await open(browser, renderHtml(sampleReport(of)), { ...phone, charts })
      expect(opened.complaints).toEqual([])
      expect(await opened.page.evaluate(overflow)).toBe(0)
      expect(await opened.page.evaluate(cutOff)).toEqual([])
      const drawings = await opened.page.locator('.chart').evaluateAll((all) => all.map(({ innerHTML }) => innerHTML).join('\n'))
      expect(drawings).not.toMatch(/NaN|Infinity|undefined/)
    })
  },
)

function order(values: readonly number[]): number[] {
  return values.map((_, index) => index).toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
}

function background(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor)
}

async function unfold(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true
  })
}
