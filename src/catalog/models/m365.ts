// learn.microsoft.com/microsoft-365/copilot/extensibility/api/ai-services/chat/overview (2026-06-18): "available at no extra
// cost to users with a Microsoft 365 Copilot add-on license". The seat is paid by the month, a call costs nothing more. Which
// models answer, and how much they take in, the vendor does not say.
import type { ModelCard } from '../../contracts/catalog.ts'

/** Microsoft 365 Copilot, the one model of its Chat API. */
export const m365Models: readonly ModelCard[] = [
  {
    provider: 'm365-copilot',
    id: 'microsoft-365-copilot',
    aliases: ['m365-copilot'],
    tier: 'standard',
    input: ['text'],
    features: ['streaming'],
    prices: { source: 'seat licence: a call costs nothing more', asOf: '2026-11-22', input: 0, output: 0 },
  },
]
