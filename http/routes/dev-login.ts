// A token for anybody in any role: for trying out, never for production.
import { Type } from 'typebox'
import type { App, HttpParts } from '../parts.ts'
import { answers, described, Named, Role, rfc3339, strict, Time, UserId } from '../schemas.ts'

const Token = Named('Token', { token: Type.String(), expiresAt: Time })
const Login = Named(
  'Login',
  { userId: UserId, role: Role },
  { ...strict, examples: [{ userId: 'ann', role: 'buyer' }] },
)

export function devLoginRoutes(app: App, { authenticator }: HttpParts): void {
  app.post(
    '/v1/dev/login',
    {
      config: { access: 'public' },
      schema: {
        tags: ['login'],
        summary: 'A bearer token for a made-up user',
        body: Login,
        response: answers({ 200: described(Token, 'The token, and when it ends') }),
      },
    },
    async ({ body }) => {
      const { token, expiresAt } = authenticator.issue(body)
      return { token, expiresAt: rfc3339(expiresAt) }
    },
  )
}
