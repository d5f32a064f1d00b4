// A token for anybody in any role: for trying out, never for production.
import { Type } from 'typebox'
import type { App, HttpParts } from '../parts.ts'
import { answers, described, Named, Role, rfc3339, Strict, Time, UserId } from '../schemas.ts'

const Token = Named('Token', { token: Type.String(), expiresAt: Time })

export function devLoginRoutes(app: App, { authenticator }: HttpParts): void {
  app.post(
    '/v1/dev/login',
    {
      config: { access: 'public' },
      schema: {
        tags: ['login'],
        summary: 'A bearer token for a made-up user',
        body: Strict({ userId: UserId, role: Role }, { examples: [{ userId: 'ann', role: 'buyer' }] }),
        response: answers({ 200: described(Token, 'The token, and when it ends') }),
      },
    },
    async ({ body }) => {
      const { token, expiresAt } = authenticator.issue(body)
      return { token, expiresAt: rfc3339(expiresAt) }
    },
  )
}
