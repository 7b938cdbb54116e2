// Prompts of our own with the tier that they belong to; the classifier's tests judge by them. One group of tasks per line
// or two, so that no single kind of work decides the figure.
import type { Tier } from '../../src/contracts/catalog.ts'

/** A prompt with the tier that a careful person would give it. */
export interface LabelledPrompt {
  readonly tier: Tier
  readonly language: string
  readonly prompt: string
  readonly system?: string
}

function prompts(tier: Tier, language: string, texts: readonly string[]): LabelledPrompt[] {
  return texts.map((prompt) => ({ tier, language, prompt }))
}

/** All of them. */
export const labelledPrompts: readonly LabelledPrompt[] = [
  ...prompts('simple', 'en', [
    'Classify this changelog entry as feature, fix or chore: "Adds a retry budget to the uploader".',
    'Is the sentiment of this tweet positive, negative or neutral? "Three hours on hold, then they hung up on me."',
    'Extract every e-mail address and phone number from the text below.\n\nReach Dana at dana@example.org or 555-0132.',
    'Convert this list to JSON with the keys name and age:\nMaria 31\nTom 28',
    'Fix the grammar: "He don\'t has no time for go there yesterday."',
    'Translate to French: The meeting has been moved to Thursday at nine.',
    'Rewrite this sentence so that it sounds more formal: "we gotta ship this thing asap"',
    'Does this message contain a phone number? Answer yes or no.\n\n"Call me when you are back."',
    'Which category fits this ticket best: billing, login or shipping?\n\n"I was charged twice this month."',
    'Sort the following words alphabetically: pear, apple, fig, cherry',
    'List all the people named in this paragraph: Ada met Charles in London, where Mary introduced them.',
    'Reformat these dates as YYYY-MM-DD: 3 Jan 2024, 17 Feb 2023',
    'Do these two sentences mean the same? "The shop opens at eight." "At eight the shop opens."',
    'hi there!',
    'Pull out the keywords of this abstract: We study the migration of eels through inland waterways.',
    'Label each line as question or statement:\nWhere is it?\nIt rained.',
    'Correct the spelling in this sentence: The recieved pakage was definately damaged.',
  ]),
  ...prompts('simple', 'de', [
    'Übersetze ins Englische: Der Zug kommt heute später.',
    'Ist diese Bewertung positiv oder negativ? „Nie wieder dieses Hotel.“',
  ]),
  ...prompts('simple', 'fr', ['Corrige les fautes de grammaire : « je suis aller au marché hier »']),
  ...prompts('simple', 'es', ['Clasifica este correo como urgente o no urgente: "Nos vemos la semana que viene."']),
  ...prompts('simple', 'zh', [
    '把下面的句子翻译成英文：今天的会议取消了。',
    '判断这条评论的情感是正面还是负面：“物流太慢了，再也不买。”',
  ]),
  ...prompts('simple', 'ja', ['次の文を英語に翻訳してください。明日は雨が降るでしょう。']),
  ...prompts('simple', 'ru', ['Исправь ошибки в предложении: «Я вчера пошол в магазин»']),

  ...prompts('standard', 'en', [
    'What is the capital of Australia and why is it not Sydney?',
    'Summarise the following release notes in three sentences.\n\nVersion 2 renames the client, drops Node 18 and adds streaming.',
    'Explain how TLS certificates are renewed.',
    'Write a friendly e-mail to a customer whose parcel is late.',
    'What does this function do?\n\nfunction f(x) { return x.filter(Boolean).length }',
    'How do I centre a div?',
    'Give me five ideas for a birthday present for a ten-year-old who likes space.',
    'Who was Rosa Parks?',
    'Describe the difference between a process and a thread.',
    'Write a short poem about autumn in the mountains.',
    'Why does my sourdough not rise? I feed the starter every other day.',
    'Answer the question from the passage.\n\nPassage: The bridge was closed in 1931 after a flood and rebuilt two years later.\n\nQuestion: When was the bridge rebuilt?',
    'Recommend three novels for someone who liked Middlemarch.',
    'I get "Cannot read properties of undefined" on line 12. What is wrong with my code?',
    'What are the side effects of ibuprofen?',
    'Review this pull request description and tell me what is unclear: "Refactors stuff, fixes tests."',
    'Tell me about the history of the Hanseatic League.',
    'Draft a product description for a folding bicycle.',
  ]),
  ...prompts('standard', 'de', [
    'Erkläre mir, wie eine Wärmepumpe funktioniert.',
    'Schreibe eine kurze Geburtstagskarte für meine Kollegin.',
  ]),
  ...prompts('standard', 'fr', ['Pourquoi le ciel est-il bleu ?']),
  ...prompts('standard', 'es', [
    'Resume este artículo en dos frases: La fábrica cerrará en marzo y trasladará su producción al norte.',
  ]),
  ...prompts('standard', 'pt', ['Explique como funciona a fotossíntese.']),
  ...prompts('standard', 'zh', ['请解释一下什么是光合作用。', '帮我写一封请假邮件。']),
  ...prompts('standard', 'ja', ['光合成とは何ですか。']),
  ...prompts('standard', 'ko', ['블록체인이 무엇인지 설명해 주세요.']),
  ...prompts('standard', 'ar', ['ما هي أسباب الحرب العالمية الأولى؟']),
  ...prompts('standard', 'hi', ['प्रकाश संश्लेषण क्या है?']),
  ...prompts('standard', 'ru', ['Почему небо голубое? Объясни простыми словами.']),
  ...prompts('standard', 'it', ['Spiega come funziona un motore elettrico.']),
  ...prompts('standard', 'vi', ['Tại sao bầu trời màu xanh?']),
  // A script without a lexicon: nothing is known of it, so it is standard.
  ...prompts('standard', 'th', ['ช่วยเขียนจดหมายลาป่วยให้หน่อย']),
  ...prompts('standard', 'ka', ['რა არის ფოტოსინთეზი?']),

  ...prompts('complex', 'en', [
    'Prove that the square root of 2 is irrational.',
    'Design a multi-tenant rate limiter for an API gateway that survives the loss of a region. Discuss the trade-offs.',
    'Plan a ten-day trip through Japan for a family of four with a budget of 5000 euros.',
    'A train leaves at 9:40 at 80 km/h and another at 10:10 at 120 km/h on the same track. When does the second catch up?',
    'Implement an LRU cache in TypeScript with O(1) get and put, and write tests for it.',
    'Analyse the root causes of the outage described below and propose how to prevent it.\n\nAt 02:10 the leader lost its disk.',
    'Develop a go-to-market strategy for a small maker of e-bikes entering Poland.',
    'Evaluate the integral of x^2 * e^(-x) from 0 to infinity. Show all steps.',
    'Compare event sourcing and plain CRUD for a hospital, weighing compliance, cost and migration, and recommend one.',
    'Five friends sit in a row. Ann is left of Bob, Carl is not at an end, Dora sits next to Bob. Who can sit in the middle?',
    'Write a Python script that downloads all images of a web page, respecting robots.txt and retrying failures.',
    'Assess the legal risk of training a model on scraped forum posts in the EU.',
    'Create a migration plan from a monolith to services for a team of six, with milestones and risks.',
    'Critically evaluate the argument that free will and determinism are compatible.',
    'Given an array of intervals, merge all that overlap and return the result. Write the algorithm and derive its complexity.',
  ]),
  ...prompts('complex', 'de', [
    'Beweise, dass es unendlich viele Primzahlen gibt.',
    'Entwirf eine Architektur für ein verteiltes Buchungssystem und begründe die Entscheidungen.',
  ]),
  ...prompts('complex', 'fr', ["Résous l'équation x^2 - 5x + 6 = 0 et démontre chaque étape."]),
  ...prompts('complex', 'es', ['Diseña una arquitectura de microservicios para una tienda en línea y analiza los riesgos.']),
  ...prompts('complex', 'zh', ['证明：任意两个奇数之和是偶数。', '设计一个高可用的分布式消息队列系统，并分析其权衡。']),
  ...prompts('complex', 'ja', ['素数が無限に存在することを証明してください。']),
  ...prompts('complex', 'ko', ['온라인 서점을 위한 분산 시스템 아키텍처를 설계하고 장단점을 분석해 주세요.']),
  ...prompts('complex', 'ru', ['Докажи, что сумма двух нечётных чисел чётна.']),

  {
    tier: 'simple',
    language: 'en',
    system: 'You are a ticket router. Classify each message as billing, technical or other. Answer with one word.',
    prompt: 'The invoice for October has the wrong address on it.',
  },
  {
    tier: 'standard',
    language: 'en',
    system: 'You are the support assistant of a bookshop. Answer kindly and briefly.',
    prompt: 'My order has not arrived. What can I do?',
  },
  {
    tier: 'complex',
    language: 'en',
    system: 'You are a senior security architect. Analyze designs and write threat models with mitigations.',
    prompt: 'Our mobile app stores refresh tokens in local storage and talks to three backends.',
  },
]
