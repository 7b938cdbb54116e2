/**
 * What requests are recognised by: words and phrases per kind of work, in several languages. Lower case; a phrase matches
 * whole words in a row. Languages without spaces stand under `unspaced` and match anywhere.
 *
 * Chosen by hand. The weights of the kinds stand in `weights.ts`.
 */
export const lexicon = {
  classify: `asking about|asking for|pick one|which section|which sections|fruit or vegetable|one of the following categories|classify|classifying|classification|categorize|categorise|category|categories|label|labels|labelled|tag|tags|
    which class|which category|what category|which topic|what topic|what label|which label|what are the topics|determine the topic|
    is this spam|spam or|identify the type|assign each|sort these into|group these|what is this question asking|type of question|
    which of the following sections|is this a piece of news|
    klassifiziere|kategorisiere|kategorie|classe|classifie|classez|catégorie|clasifica|clasificar|categoría|classifique|categoria|
    классифицируй|категория|категорию|классифицируйте|classifica|phân loại|صنف|वर्गीकृत`,
  sentiment: `flattering|unflattering|would you say|good or bad|the reviewer|rating|review rating|review score|rate|opinion of the|feel about the|satisfied|liked the|enjoyed the|sentiment|sentiments|positive or negative|negative or positive|positive negative|positive or a negative|stars|star rating|
    rate this review|satisfied or dissatisfied|how does the reviewer feel|how does the viewer feel|did the reviewer|
    would the user recommend|would you recommend this app|is this review|is the review|is this product review|reviewer enjoy|
    stimmung|positiv oder negativ|sentimiento|positivo o negativo|sentimento|positivo ou negativo|тональность|
    положительный или отрицательный|positif ou négatif|المشاعر|भावना`,
  extract: `extract|extracts|extracting|extraction|keyword|keywords|key phrases|named entities|entities|parse|find all mentions|
    list all the|list the names|pull out|pick out|identify all|all unique|key concepts|
    extrahiere|extrahieren|schlüsselwörter|extraire|extrais|mots clés|extrae|extraer|palabras clave|extraia|palavras chave|
    извлеки|извлечь|ключевые слова|извлеките|estrai|trích xuất|استخرج|निकालें`,
  convert: `unscramble|unscrambled|fill in the blank|flashcards|html tags|convert all|convert|converts|reformat|format as|format this|format the following|as a table|into a table|as csv|to csv|as json|to json|
    into json|to markdown|as markdown|into markdown|to xml|to yaml|as yaml|to html|transform the following|sort the following|
    alphabetize|remove duplicates|to uppercase|to lowercase|flash cards|uppercase|snake case|camel case|iso format|
    konvertiere|wandle|umwandeln|convertis|convertir|convierte|converta|converter|преобразуй|конвертируй|converti|chuyển đổi|حول`,
  polish: `correct the following|improve the following sentence|improve this sentence|refine the|refine this|language polishing|stand alone question|polishing|grammar|grammatical|grammatically|spelling|spell check|typo|typos|punctuation|proofread|proofreading|paraphrase|paraphrasing|
    rephrase|rephrasing|reword|rewording|rewrite|rewriting|polish|polished|correct the sentence|correct this|fix the grammar|
    better wording|in other words|simplify|simpler language|simple language|plain language|plain english|more formal|
    more concise|make it shorter|shorten|sound more|sounds better|language correction|stand alone|trim down|easier to read|
    more readable|reformulate|
    grammatik|rechtschreibung|umformulieren|formuliere|korrigiere|reformule|corrige|orthographe|grammaire|corregir|gramática|
    reescribe|reescreva|corrija|исправь|ошибки|перефразируй|грамматик|correggi|riscrivi|sửa lỗi|صحح|سुधारें`,
  translate: `translate|translation|translated|übersetze|übersetzen|traduis|traduire|traduce|traducir|traduzca|traduza|traduzir|
    переведи|перевод|переведите|traduci|dịch sang|ترجم|अनुवाद|how do you say`,
  closed: `same or different|is the correct answer|correct or incorrect|either yes or no|either yes or|determine whether|determine if|decide whether|decide if|identify whether|identify if|answer whether|say whether|hypothesis|morally|trait|price direction|strengthener|weakener|with a single|do they|is it possible to|yes or no|true or false|false or true|yes no|true false|answer with one|reply with one|respond with only|only respond with|
    one word|single word|just the answer|only output the|output only the|answer yes|choose from|one of the following labels|
    not at all|return only|nothing else|entailment|contradicts|contradiction|contradict|not mentioned|neither true nor false|
    scale of|scale from|out of 5|out of 10|supports or|is that a correct answer|should i validate|be a reasonable answer|
    morally wrong|wrong or not|plausible or implausible|acceptable or unacceptable|valid answer|up down neutral|
    ja oder nein|oui ou non|sí o no|sim ou não|да или нет|sì o no|نعم أو لا|हां या नहीं`,
  same: `equivalent|not equivalent|duplicate|not duplicates|one and the same|an answer to|same meaning|mean the same|meaning the same|means the same|paraphrase of|paraphrases of|duplicate of|duplicates|
    semantically equivalent|are equivalent|equivalent to each|replace the sentence|same thing|convey the same|asking the same`,
  chat: `hi|hello|hey|good morning|good evening|good night|thanks|thank you|how are you|nice to meet|who are you|hallo|danke|bonjour|
    salut|merci|hola|gracias|olá|obrigado|привет|спасибо|ciao|grazie|xin chào|cảm ơn|مرحبا|شكرا|नमस्ते|धन्यवाद`,

  summarise: `summarize|summarise|summarizes|summary|summaries|summarizing|summarising|tl dr|tldr|main points|key points|key takeaways|
    takeaways|condense|in a nutshell|boil down|gist|highlights|headline for|short recap|recap|
    zusammenfassen|zusammenfassung|fasse|résume|résumé|résumer|resume|resumen|resumir|resuma|resumo|кратко|резюмируй|
    перескажи|riassumi|riassunto|tóm tắt|لخص|ملخص|सारांश`,
  explain: `explain|explains|explanation|describe|description of|what is|what are|what does|what was|what were|who is|who was|who are|
    when did|when was|where is|where was|where did|why is|why are|why do|why does|why did|how does|how do|how can|how to|how is|
    tell me about|define|definition|meaning of|difference between|differences between|teach me|overview of|introduce|
    erkläre|erklären|was ist|was sind|warum|wie funktioniert|wie kann|unterschied|explique|expliquer|pourquoi|comment|
    qu est ce|explica|explicar|qué es|cómo|por qué|diferencia|o que é|como|diferença|объясни|что такое|почему|как|расскажи|
    spiega|perché|che cos|giải thích|tại sao|là gì|اشرح|لماذا|ما هو|ما هي|كيف|समझाएं|क्या है|क्यों|कैसे`,
  passage: `passage|context|paragraph|article|based on the text|according to the|read the following|the following text|background|
    answer the question|answer the following|question answering|answer is in|given the facts|story|dialogue|conversation|
    document|documents|transcript|question`,
  options: `options|choices|multiple choice|best answer|correct answer|correct option|suitable answer|select the most|
    choose the best|choose the most|which of the following|choose an answer|pick the correct`,
  compose: `outline|questions|names|list|review|essay questions|pitch|story idea|cover|email|e mail|mail|letter|post|tweet|article|blog|story|poem|essay|song|lyrics|speech|joke|jokes|slogan|caption|captions|
    paragraph|biography|bio|cover letter|newsletter|press release|product description|advertisement|ad copy|copywriting|script|
    dialogue|message|reply|report|resume|cv|headline|headlines|title|titles|linkedin|instagram|facebook|tiktok|youtube|
    haiku|limerick|toast|invitation|memo|proposal|presentation|slides|interview questions|quiz|names for|ideas|marketing|
    gedicht|brief|geschichte|aufsatz|lettre|poème|histoire|carta|correo|cuento|poema|ensayo|redação|письмо|стих|рассказ|
    lettera|bài thơ|thư|رسالة|قصيدة|قصة|कविता|पत्र|कहानी`,
  advise: `recommend|recommendation|recommendations|suggest|suggestions|suggestion|advice|tips|should i|help me|brainstorm|what should|
    best way|good idea|opinion|what do you think|act as|pretend|roleplay|role play|imagine you are|you are a|interview|
    empfehle|empfehlung|tipps|conseille|conseils|recomienda|consejos|recomende|dicas|посоветуй|порекомендуй|consigli|
    gợi ý|نصيحة|اقترح|सुझाव`,
  repair: `debug|bug|error message|traceback|exception|stack trace|not working|doesn t work|does not work|fix this code|fix the code|
    fix my code|code review|review this code|review my code|what s wrong|what is wrong|why am i getting|getting an error|lint|
    unit test|unit tests|test cases|docstring|comment this code|explain this code|explain the code|readme|commit message|pull request|
    fehler|corriger le code|depurar|error en|ошибка в|ошибку`,

  math: `derive the formula|how long|how far|how fast|how old|what is the value|evaluate the|find the value|find the|cost of|total cost|profit|interest rate|speed of|sum|square|cube|digit|digits|maximum|minimum|factorial|fraction|denominator|numerator|inequality|convex|radius of|solve|equation|equations|derivative|integral|integrate|differentiate|polynomial|matrix|matrices|eigenvalue|probability|
    calculate|compute|how many|how much|sum of|product of|remainder|divisible|prime|integer|integers|triangle|circle|radius|
    perimeter|angle|vector|theorem|arithmetic|algebra|geometry|calculus|statistics|standard deviation|expected value|permutations|
    combinations|modulo|maximize|minimize|percent|percentage|ratio|average speed|per hour|square root|logarithm|velocity|
    acceleration|volume of|area of|least common|greatest common|standard form|simplify the expression|word problem|math problem|
    maths|mathematical|gleichung|berechne|wahrscheinlichkeit|wie viele|wie viel|résous|équation|calcule|combien|probabilité|
    resuelve|ecuación|calcular|cuántos|cuántas|probabilidad|resolva|equação|quantos|quantas|реши|уравнение|вычисли|сколько|
    вероятность|найдите|risolvi|equazione|calcola|quanti|giải phương trình|tính|xác suất|احسب|معادلة|कितने|गणना`,
  prove: `prove|proof|proofs|prove that|show that|disprove|derive|derivation|induction|contradiction proof|lemma|corollary|
    beweise|beweis|démontre|démontrer|preuve|demuestra|demostrar|demonstração|prove que|докажи|доказательство|докажите|
    dimostra|chứng minh|أثبت|برهن|सिद्ध`,
  logic: `overtaken|in the front|to your left|to your right|the scenario|how would|which of the following is true|must be true|cannot be true|likely to be true|each person|each house|consists of|next to the|on the left|on the right|what color|how many items|the person who|sequence of|premises|premise|deductively|deduce|deduction|logical|logically|logic puzzle|puzzle|riddle|syllogism|fallacy|fallacies|
    inference|infer|inductive|valid or invalid|if and only if|constraints|constraint|clues|leftmost|rightmost|to the left of|to the right of|
    older than|taller than|sits next|statements are|conclusion follows|conclusions|knights and knaves|the owner of|
    next in the sequence|next number|pattern|what date|date of|mm dd yyyy|went to the|was free|between what times|
    how would a typical|causation|causal|arranged in|fixed order|
    rätsel|logisch|logique|énigme|lógica|acertijo|enigma|логическ|головоломка|загадка|logico|suy luận|منطق|तर्क`,
  plan: `routine|day by day|trip|plan|planning|itinerary|roadmap|schedule|timeline|milestones|curriculum|lesson plan|study plan|business plan|project plan|
    action plan|workout plan|meal plan|go to market|migration plan|rollout|step by step plan|organize|organise|day trip|
    trip to|campaign plan|budget|okrs|backlog|sprint|
    planen|reiseplan|zeitplan|planifie|planifier|itinéraire|feuille de route|planifica|planificar|itinerario|hoja de ruta|
    planeje|planejar|roteiro|план|спланируй|расписание|маршрут|pianifica|kế hoạch|lên kế hoạch|خطة|خطط|योजना`,
  design: `coding project|red teaming|architecture|architect|architectural|design a|design an|design the|system design|microservice|microservices|scalable|
    scalability|distributed|high availability|fault tolerant|fault tolerance|multi tenant|event driven|load balancing|data model|
    database schema|schema design|api design|infrastructure|kubernetes|terraform|pipeline|pipelines|ci cd|consensus|sharding|replication|
    threat model|threat modeling|stride|security architecture|zero trust|disaster recovery|data warehouse|throughput|latency|
    architektur|entwirf|entwerfe|conçois|concevoir|diseña|diseñar|arquitectura|projete|arquitetura|спроектируй|архитектура|
    архитектуру|progetta|architettura|thiết kế|kiến trúc|صمم|تصميم|डिज़ाइन`,
  analyse: `weigh|weighing|hypothetical|would happen|would have happened|analyzes|evaluates|assesses|identify weaknesses|review the paper|red team|threats|threat|attack|malware|logs|incidents|analyze|analyse|analysis|analyzing|analysing|analytical|evaluate|evaluation|assess|assessment|critique|critically|
    implications|trade offs|tradeoffs|trade off|pros and cons|strengths and weaknesses|swot|root cause|investigate|compare and contrast|
    in depth|comprehensive|thorough|rigorous|hypothesis|hypotheses|methodology|peer review|literature review|research|
    argue|argument|arguments|debate|ethical|legal|regulatory|policy|compliance|incident|vulnerabilities|vulnerability|risk|risks|
    forecast|predict|prediction|simulate|optimize|optimise|optimization|optimal|impact of|consequences|feasibility|
    what would happen|what if|imagine a world|suppose that|counterfactual|alternate history|had never|
    analysiere|analyse|bewerte|analyser|évalue|évaluer|analiza|analizar|evalúa|evaluar|analise|analisar|avalie|
    проанализируй|анализ|оцени|сравни|analizza|valuta|phân tích|đánh giá|حلل|تحليل|قيم|विश्लेषण|मूल्यांकन`,
  strategy: `strategy|strategies|strategic|negotiation|business model|market entry|competitive|positioning|pricing strategy|
    organizational|stakeholders|governance|due diligence|acquisition|restructuring|investment thesis|
    strategie|stratégie|estrategia|estratégia|стратегия|стратегию|strategia|chiến lược|استراتيجية|रणनीति`,
  steps: `step by step|think carefully|reason through|reasoning|show your work|show all steps|justify|justify your|chain of thought|
    multi step|several steps|schritt für schritt|étape par étape|paso a paso|passo a passo|по шагам|пошагово|passo dopo passo|
    từng bước|خطوة بخطوة|चरण दर चरण`,

  make: `write|create|generate|build|implement|develop|make|craft|draft|produce|give me|compose|construct|provide|
    complete|finish|add|setup|set up|refactor|optimize|schreibe|erstelle|entwickle|programmiere|implementiere|écris|
    crée|créer|écrire|développe|génère|escribe|crea|genera|desarrolla|implementa|escreva|crie|gere|desenvolva|напиши|создай|
    разработай|реализуй|scrivi|sviluppa|viết|tạo|اكتب|أنشئ|लिखें|लिखो|बनाएं`,
  code: `code properly|concode|given a linked list|given a binary|given two|implement a|implement the|input output|test case|recursive|o n|runtime|typescript type|function|functions|program|script|class|classes|method|code|algorithm|api|endpoint|component|query|sql|python|javascript|
    typescript|java|rust|golang|kotlin|swift|php|ruby|react|vue|angular|django|flask|spring|node|nodejs|html|css|regex|bash|shell|
    powershell|docker|library|module|app|application|website|web page|webpage|backend|frontend|database|bot|plugin|extension|
    crawler|scraper|cli|gui|game|leetcode|linked list|binary tree|hash map|data structure|data structures|array|arrays|string s|
    nums|given a string|given an array|given a set|return true|postgres|mysql|mongodb|excel formula|vba|matlab|c code|laravel|
    unity|roblox|tensorflow|pytorch|pandas|numpy|dataframe|webhook|websocket|compiler|parser|
    funktion|programm|fonction|programme|función|programa|função|функцию|функция|программу|скрипт|код|funzione|programma|
    hàm|chương trình|دالة|برنامج|फ़ंक्शन|प्रोग्राम`,
} as const

/** A kind of work. */
export type Concept = keyof typeof lexicon

/** The same for scripts without spaces between words (Chinese, Japanese, Korean word stems). */
export const unspaced: Readonly<Partial<Record<Concept, string>>> = {
  classify: '分类|分類|归类|类别|標籤|标签|分類して|カテゴリ|分类为|분류|카테고리|범주',
  sentiment: '情感|情绪|正面还是负面|积极还是消极|感情分析|ポジティブ|ネガティブ|감정|긍정|부정',
  extract: '提取|抽取|关键词|關鍵詞|抽出|キーワード|추출|키워드',
  convert: '转换成|转换为|轉換|格式化|変換|整形|변환|형식으로',
  polish: '语法|語法|错别字|改写|改寫|润色|潤色|校对|文法|誤字|言い換え|書き換え|校正|文章を直|맞춤법|문법|다듬|고쳐|바꿔 써',
  translate: '翻译|翻譯|翻訳|訳して|번역',
  closed: '是或否|是还是否|对还是错|只回答|はいかいいえ|一言で|예 또는 아니|한 단어로|맞으면',
  same: '意思相同|同じ意味|같은 의미',
  chat: '你好|您好|谢谢|早上好|こんにちは|ありがとう|안녕|감사합니다|고마워',
  summarise: '总结|總結|概括|摘要|概述|要約|まとめ|요약|정리해',
  explain:
    '解释|解釋|什么是|什麼是|是什么|为什么|為什麼|怎么|如何|介绍|说明|区别|哪些|哪个|谁|説明|とは|なぜ|どうして|どのように|方法|違い|설명|무엇|왜|어떻게|차이|알려',
  compose: '写一篇|写一封|作文|诗|邮件|文案|演讲|故事|歌词|标题|メール|手紙|詩|物語|記事|作文|이메일|편지|시를|이야기|기사|글을',
  advise: '建议|推荐|建議|推薦|意见|假如你是|扮演|おすすめ|アドバイス|提案|추천|조언|제안',
  repair: '报错|错误信息|调试|代码审查|修复|エラー|デバッグ|バグ|오류|디버그|버그',
  math: '排列组合|种可能|染色|余数|相加|之和|多长|多远|多大|多少种|至少|最多|平均|百分之|分之|速度|利润|成本|元|几天|几次|几只|计算|計算|求解|方程|概率|多少|几个|几何|函数f|求函数|导数|积分|最大值|最小值|平方|公里|千米|元钱|小时|每分钟|每小时|面积|体积|倍|方程式|確率|何個|いくつ|いくら|求めよ|求めなさい|계산|방정식|확률|몇 개|얼마|구하',
  prove: '证明|證明|推导|証明|導出|증명|유도',
  logic:
    '甲|乙|丙|如果|假设|推断|由此|以上|一定|可以推出|数列|填入|下一个|排列|正确的是|推理|逻辑|邏輯|谜题|真话|假话|说谎|谁是|规律|推論|論理|パズル|추론|논리|퍼즐|수수께끼',
  plan: '计划|計劃|规划|行程|路线图|日程|方案|計画|旅程|スケジュール|ロードマップ|계획|일정|로드맵',
  design: '设计|設計|架构|架構|系统|分布式|高可用|微服务|アーキテクチャ|分散|システム|설계|아키텍처|시스템|분산',
  analyse: '分析|评估|評估|论证|论述|利弊|影响|优化|比较|権衡|权衡|評価|考察|比較|影響|분석|평가|비교|영향|최적화',
  strategy: '战略|策略|戰略|戦略|전략',
  steps: '一步一步|逐步|步骤|ステップ|順を追って|단계별|차근차근',
  make: '写|编写|创建|生成|实现|开发|制作|設計して|書いて|作って|作成|実装|써줘|작성|만들|구현|생성해',
  code: '代码|函数|程序|脚本|算法|接口|数据库|コード|関数|プログラム|アルゴリズム|스크립트|코드|함수|프로그램|알고리즘',
}
