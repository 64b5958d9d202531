// Generated from docs/openapi.yaml by scripts/generate-types.mjs. Do not edit.
export interface paths {
    "/api/widget/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the widget looks and behaves at one partner
         * @description The printed body of spec/1 §6, plus what the widget needs to trade. Cacheable; sends an ETag.
         */
        get: operations["getWidgetConfig"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/widget/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a widget session for one user of a partner
         * @description Signed mode sends `userToken`, label mode `exchangeUserId`; never both. Anyone can type an exchangeUserId, so label mode is only for partners that are in it, needs an
         *     allowed `Origin`, and its sessions are limited: 6 tokens a minute per user, 60 per address, and a daily number per partner.
         *
         *     `userToken` is an HS256 JWT that the partner's backend signs with its `sessionSecret`: `iss` = exchangeId, `sub` = exchangeUserId,
         *     `aud` = "widget-session", a `jti`, and an `exp` at most 5 minutes ahead. It works once.
         */
        post: operations["openWidgetSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/app/widget/generate-trade-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a one-time token for exactly this order
         * @description The token is on our ledger before it leaves. It lives 10 seconds and works once, at the named partner, for the named user, for
         *     exactly this order.
         *
         *     The same `Idempotency-Key` and body give the same `jti` and claims again, signed again, with the header `Idempotency-Hit: true`,
         *     until the token expires; then 409 `TOKEN_EXPIRED`. Another body under the key: 422 `IDEMPOTENCY_KEY_REUSED`. A call that comes
         *     while the first is under way joins it. A key is kept for 24 hours after its token was issued, per exchange and user. An error
         *     answer keeps none, so the same call may simply be made again.
         *
         *     An order that the exchange's own market (`symbols` of the configuration) would not take gets no token but 400, with the numbers in
         *     `details`: `PRICE_NOT_ON_TICK`, `QUANTITY_NOT_ON_LOT`, `QUANTITY_TOO_SMALL` (also of a `quoteAmount` below `minNotional`),
         *     `QUANTITY_TOO_LARGE`, `NOTIONAL_TOO_SMALL`, `UNKNOWN_SYMBOL`; an `expiresAt` that has passed is `VALIDATION_ERROR`. `fields` names
         *     the field, such as `trade.price`. A `maxQuantity` of 0 is no bound. Above `maxPrice`, where there is one: `PRICE_OUT_OF_RANGE`, and
         *     `QUANTITY_TOO_LARGE` of a `quoteAmount` that `maxQuantity` at that price does not reach. A token that was handed out before is
         *     given again, whatever the market has begun to ask for since.
         */
        post: operations["generateTradeToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your own orders, newest first */
        get: operations["listOrders"];
        put?: never;
        /**
         * Place an order
         * @description A session with permission `trade:widget` must show a trade token for exactly this order: in `X-Trade-Token`, in `tradeToken` of the body, or as
         *     `Authorization: Bearer` (then the token itself names the user). Two at once are refused. `clientOrderId` makes a retry safe: the same order again answers
         *     with the first result. A refused order is answered, not stored. Which fields go together: schema `Order`. What each type does: docs/guides/orders.md.
         *
         *     At most 50, 100 or 200 a minute per user by rate tier (fee tiers 1–2, 3–4, 5), 10 for an account that is not verified. A trade token that is shown is checked in every session, and spent whatever comes of its order: shown again, 409
         *     `TRADE_TOKEN_SPENT` carries what came of it, as `details.order` (a VenueOrder) or `details.refusal` (a code);
         *     while the first call is still under way after a second, `retry_after` in their place. After 503 `ENGINE_UNAVAILABLE` or `OVERLOADED`
         *     nothing was placed; after 503 `ORDER_OUTCOME_UNKNOWN` ask again with the same `clientOrderId`.
         *
         *     An order about more than `HIGH_VALUE_NOTIONAL` (100,000 in quote units) is signed, by its trade token, by an API key, or by the session (`sessionSignature`); else 401
         *     `REQUEST_SIGNATURE_REQUIRED`. So is a market order by quantity before the market's first trade, which nobody can tell the worth of.
         */
        post: operations["placeOrder"];
        /**
         * Cancel all of your open orders, of one market or of all
         * @description Answers with those that it cancelled; none is no error.
         */
        delete: operations["cancelOrders"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of your own orders */
        get: operations["getOrder"];
        put?: never;
        post?: never;
        /**
         * Cancel an open order of yours
         * @description Signed by the session or an API key. Cancelling it again, or after it was filled, is answered 404 `ORDER_NOT_FOUND`; look at it with GET.
         */
        delete: operations["cancelOrder"];
        options?: never;
        head?: never;
        /**
         * Change an open order of yours
         * @description Only a smaller quantity keeps the place in the queue; anything else sends the order in again under its id, and it may trade. `quantity` is the whole
         *     quantity, the filled part included. Where the changed order would be refused it stays as it was. The same change again changes nothing.
         *     A change whose result is about more than `HIGH_VALUE_NOTIONAL` is signed, as such an order is. One that is not signed is judged by the order as it is;
         *     where others change it at the same time: 409 `ORDER_CHANGED`, and nothing was done.
         */
        patch: operations["amendOrder"];
        trace?: never;
    };
    "/api/markets/{symbol}/orderbook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The order book of a market, best prices first
         * @description At most 500 a minute per address. `checksum` is the crc32 (as zlib's) of a text of ASCII characters: the best ten bids, best first, joined by `|`, then `;`, then the
         *     best ten asks, best first, joined by `|`; fewer where the book has fewer. Each level is its price, `:` and its quantity, spelled as in this answer. It does not depend
         *     on `depth`; ask for ten levels or more to check it. Of `{bids: [["60001.00","0.02"],["60000.00","0.01"]], asks: [["60999.99","0.01"]]}` the text is
         *     `60001.00:0.02|60000.00:0.01;60999.99:0.01`, and the checksum 1567619302; of an empty book it is `;`.
         */
        get: operations["getOrderbook"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/account/balances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your balances */
        get: operations["getBalances"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/account/widget-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What our own page needs to start the widget for the signed-in trader
         * @description `venueToken` carries permission `trade:widget` only: an order placed with it needs a trade token.
         */
        get: operations["getVenueWidgetSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/account/withdrawals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your withdrawals, newest first */
        get: operations["listWithdrawals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/account/kyc": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far the check of your identity is
         * @description What was sent is not shown again.
         */
        get: operations["getOwnKyc"];
        put?: never;
        /**
         * Show who you are
         * @description Sealed at rest, and opened only by our staff with a reason that is on record. One submission at a time is looked at (409 `KYC_PENDING`); after a rejection send another.
         *     Withdrawals wait for an approved identity (403 `KYC_REQUIRED`). You must be 18 or older. At most five a day, 2.1 MB each.
         */
        post: operations["submitKyc"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/account/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a withdrawal
         * @description The amount leaves `available` at once, and comes back when the withdrawal comes to nothing. A mail goes to its owner: only after the link in it (POST /api/account/withdrawals/confirm), within 30 minutes,
         *     does it go on to our staff. Its life: requested, mail_confirmed, approved, sent, completed.
         *     What stands before it, in this order: a signature with the session's `signingKey`, or by an API key (401 `REQUEST_SIGNATURE_REQUIRED`), an approved identity (403 `KYC_REQUIRED`), a second factor that is on (403 `SECOND_FACTOR_REQUIRED`) and whose code is in `totp`, or was shown in this session within
         *     ten minutes (401 `TWO_FACTOR_REQUIRED`; an API key always sends `totp`), some hours since the last change of password or second factor (403 `WITHDRAWAL_COOLING_OFF` with `retry_after`),
         *     a device of the session that is confirmed (403 `DEVICE_NOT_CONFIRMED`), and what withdrawals of 24 hours may be worth, by your tier (422 `WITHDRAWAL_LIMIT_EXCEEDED`; `details` say what is left). Nothing is taken by a refusal.
         *     The same key and body give the same withdrawal, without another code; another body is 422 `IDEMPOTENCY_KEY_REUSED`. After 503 `TRANSFER_OUTCOME_UNKNOWN` ask again with the same key.
         *     At most 10 calls a day.
         */
        post: operations["requestWithdrawal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/account/withdrawals/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm a withdrawal by the link in its mail
         * @description `token` is what stands after `#withdrawal=` in the link. Good once, for 30 minutes; looking at the page of the link does nothing. 400 `LINK_INVALID` when it is over, was used, or the withdrawal was cancelled.
         */
        post: operations["confirmWithdrawal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/account/withdrawals/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take back your withdrawal, until it is approved
         * @description The money goes back to your balance. The same again changes nothing; once it is approved, or has ended, 409 `WRONG_STATE`.
         */
        post: operations["cancelWithdrawal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in, for an access token and a session that renews it
         * @description At most 10 an hour per IP. An unknown address and a wrong password give the same answer in the same time. With `X-Client: browser` the refresh token comes in the cookie
         *     `refresh_token`, which no script can read, and `csrf_token` beside it; without, it is in the body. `TWO_FACTOR_REQUIRED`: send the same again with `totp`.
         *     Show the `device` of the answer next time: a device that the account knows is let in while strangers are locked out. A new one is confirmed by a mail (POST /api/auth/confirm-device).
         *     `REVERIFICATION_REQUIRED`: password and code are right, and a link was sent that has to be used first (POST /api/auth/verify-email), or the password set anew; after a device was denied only the latter, and the link is for that (POST /api/auth/reset-password).
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/captcha": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A task that a browser solves before it signs somebody up
         * @description An altcha challenge (version 2): find the counter whose key, derived with PBKDF2 from `nonce` and counter, begins with `keyPrefix`.
         *     Send base64 of the JSON of `{challenge, solution: {counter, derivedKey}}` as `captcha`. Good for ten minutes, once.
         */
        get: operations["getCaptcha"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open an account
         * @description At most 5 an hour per IP. The answer is the same whether or not the address is already known; the mailbox learns which. The account can be
         *     used once the link in the mail has been used (POST /api/auth/verify-email). From an address that is blocked because too many sign-ins failed from it: 429 `LOGIN_LOCKED`.
         */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/verify-email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm an address with the link that was sent to it
         * @description The token of the link, once, within 30 minutes. It signs nobody in.
         */
        post: operations["verifyEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/reset-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a link that sets a new password, or use it
         * @description With `email`: sends the link, if somebody has the address; the answer is the same if nobody has. At most 3 an hour per address, known or not.
         *     With `token` and `new_password`: sets the password, ends every session and every lock of the account. It signs nobody in, and leaves the second
         *     factor as it is. What it answers is a device that the account knows from now on, for the next POST /api/auth/login. After a device was denied the password
         *     that stands is refused (`VALIDATION_ERROR` at `new_password`), and the link stays good.
         */
        post: operations["resetPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Renew a session; the refresh token gives way to a new one
         * @description A program sends its token in the body; for a browser the cookie does it, with the value of cookie `csrf_token` in `X-CSRF-Token`. Who asks again with the same token from the same
         *     device within 10 seconds gets the same new token; later, the whole session ends: somebody else may have a copy. A session is over seven days after it began.
         */
        post: operations["refreshSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End this session, or all of one’s own
         * @description Access tokens of an ended session are refused at once, at every node.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One’s own account */
        get: operations["getProfile"];
        /**
         * Change what may be changed of one’s own account
         * @description What is left out stays as it is; `null` clears. Nothing else can be set here.
         */
        put: operations["changeProfile"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/change-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Choose another password
         * @description Ends every other session and sends a mail. At most 10 an hour per account.
         */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/confirm-device": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say whether a device that signed in is one’s own
         * @description With the token of the link in the mail about a new device (`PUBLIC_URL/verify#device=TOKEN`, and `#device=TOKEN&deny` for "It was not me"), once,
         *     within 30 minutes. `confirm`: withdrawals and turning off the second factor are possible from it. `deny`: it is forgotten, every session ends at
         *     once, every API key made since it first appeared is revoked, and signing in is 403 `REVERIFICATION_REQUIRED` until the password is set anew. It signs nobody in.
         */
        post: operations["confirmDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The devices that one’s account knows */
        get: operations["listDevices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/devices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget a device of one’s own
         * @description Its sessions end, this one too if it is the device one is on. The next sign-in from it is one from a new device. From a device that is not confirmed only itself can be forgotten (403 `DEVICE_NOT_CONFIRMED`).
         */
        delete: operations["forgetDevice"];
        options?: never;
        head?: never;
        /** Give a device of one’s own a name */
        patch: operations["nameDevice"];
        trace?: never;
    };
    "/api/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where one is signed in */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a session of one’s own */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        /** Give a session of one’s own a name */
        patch: operations["nameSession"];
        trace?: never;
    };
    "/api/auth/enable-2fa": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin with a second factor
         * @description Answers the secret for an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds). It guards nothing until a code made with it has been shown to
         *     `POST /api/auth/verify-2fa`, within ten minutes; asking again makes another secret. The three routes of the second factor together: 60 an hour.
         */
        post: operations["enableSecondFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/verify-2fa": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show a code
         * @description Turns on the second factor that is pending; the answer then holds ten backup codes, which cannot be looked up again: each takes the place of one code, once. Where one is
         *     on, it puts on record that a code was shown in this session just now. The access token of the answer says so. A code counts once, wherever it was shown.
         *     Turning a second factor on or off ends all other sessions.
         */
        post: operations["verifySecondFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/disable-2fa": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turn the second factor off
         * @description The backup codes are gone with it.
         */
        post: operations["disableSecondFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your own API keys, newest first
         * @description Without their secrets, and without those that were revoked. In a session only, like the other two.
         */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Make an API key for a program of yours
         * @description Asks for the password again, and for a code when the second factor is on. `secret` is shown in this answer and never again; its part before the dot is `key`. A key may do
         *     what its scopes say, each of which is a permission of yours; `write:balance` moves money and should be in no key that does not need it. At most 10 keys that can sign; 20
         *     calls an hour. A mail tells the owner. "It was not me" to a device (POST /api/auth/confirm-device) revokes every key made since that device first appeared. How to sign: docs/guides/api-keys.md.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description From this answer on the node that gave it takes no call of the key any more, and every other node within a second.
         */
        delete: operations["revokeApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/exchanges/{exchangeId}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of a partner's trade tokens, newest first */
        get: operations["listTradeTokens"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AccountDevice: {
            id: number;
            /** @description By what the client says of itself, like "Edge on Windows" or "curl", until its owner gives it a name; null: it said nothing */
            name: string | null;
            ip: string | null;
            country: string | null;
            created_at: components["schemas"]["Time"];
            last_seen_at: components["schemas"]["Time"];
            /** @description Its owner said that it is theirs. Without that nothing is withdrawn from it */
            confirmed: boolean;
            /** @description The one that asks */
            current: boolean;
        };
        AccountSession: {
            /** Format: uuid */
            id: string;
            name: string | null;
            user_agent: string;
            ip: string;
            created_at: components["schemas"]["Time"];
            last_used_at: components["schemas"]["Time"];
            expires_at: components["schemas"]["Time"];
            /** @description The one that asks */
            current: boolean;
        };
        /** @example 45000.00 */
        Amount: string;
        /**
         * @description A plain positive decimal. No sign, exponent or spaces.
         * @example 0.001
         */
        AmountIn: string;
        ApiKey: {
            /** Format: uuid */
            id: string;
            /** @description What stands in X-API-Key */
            key: string;
            name: string;
            scopes: string[];
            ip_allow_list: string[];
            require_version_2: boolean;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string | null;
            /**
             * Format: date-time
             * @description Up to some seconds late
             */
            last_used_at: string | null;
        };
        /** @example USDT */
        Asset: string;
        Balance: {
            /** @example USDT */
            asset: string;
            available: components["schemas"]["Amount"];
            locked: components["schemas"]["Amount"];
        };
        /** @description Your own name for the order. Unique per user; it makes a retry safe. */
        ClientOrderId: string;
        Color: string;
        /**
         * @description How the widget calls the partner. In `url`, `headers` and `body` these placeholders are replaced: {symbol} {side} {type} {quantity} {price}
         *     {clientOrderId} {token} {venueToken} {orderId}. A header or body field whose placeholder has no value is left out.
         */
        EndpointMapping: {
            /** @example https://exchange.example/api/orders */
            url: string;
            /** @enum {unknown} */
            method: "GET" | "POST";
            headers?: {
                [key: string]: string;
            };
            body?: {
                [key: string]: string;
            };
            /**
             * @description Where in the JSON answer each value stands, as dotted paths. For orders: orderId, status, filledQuantity, averagePrice, fee, feeAsset, reason,
             *     errorCode, errorMessage, requestId. For balances: balances (the list), then asset and available within each row.
             * @example {
             *       "orderId": "data.id",
             *       "status": "data.status",
             *       "filledQuantity": "data.filled_quantity",
             *       "averagePrice": "data.average_price",
             *       "errorCode": "error.code",
             *       "errorMessage": "error.message"
             *     }
             */
            answer?: {
                [key: string]: string;
            };
        };
        Error: {
            /** @constant */
            success: false;
            error: {
                code: string;
                message: string;
                request_id: string;
                /** @description What is wrong with each field of the request */
                fields?: {
                    [key: string]: string;
                };
                /** @description Numbers and first results a program can act on */
                details?: Record<string, never>;
                /** @description Seconds */
                retry_after?: number;
            };
        };
        /** @example blofin-exchange-prod */
        ExchangeId: string;
        /** @description The partner's stable, anonymous name for its user. Never an e-mail address. */
        ExchangeUserId: string;
        Kyc: {
            /** @description In answers to staff */
            user_id?: number;
            kyc_status: components["schemas"]["KycStatus"];
            submission: components["schemas"]["KycSubmission"] | null;
        };
        KycDocument: {
            /** @enum {unknown} */
            kind: "passport" | "id_card" | "driving_licence" | "proof_of_address";
            /** @enum {unknown} */
            media_type: "image/jpeg" | "image/png" | "application/pdf";
            /** @description At most 500 kB decoded */
            content: string;
        };
        KycRequest: {
            full_name: string;
            /**
             * Format: date
             * @example 1990-12-31
             */
            date_of_birth: string;
            /** @description ISO 3166-1 alpha-2 */
            country: string;
            address: string;
            documents: components["schemas"]["KycDocument"][];
        };
        /** @enum {unknown} */
        KycStatus: "pending" | "approved" | "rejected";
        KycSubmission: {
            /** Format: uuid */
            id: string;
            status: components["schemas"]["KycStatus"];
            /** Format: date-time */
            submitted_at: string;
            /** Format: date-time */
            decided_at: string | null;
            /** @description What staff said of it */
            reason: string | null;
        };
        /**
         * @description What is ordered. The same closed list of fields in the token request, in the signed token and at the venue. Which fields go with which type:
         *
         *     | type | needs | may have |
         *     |---|---|---|
         *     | MARKET | `quantity` or `quoteAmount` | |
         *     | LIMIT | `quantity`, `price` | `timeInForce`, `expiresAt`, `postOnly` |
         *     | STOP | `quantity`, `stopPrice` | |
         *     | STOP_LIMIT | `quantity`, `price`, `stopPrice` | `timeInForce`, `expiresAt` |
         *     | OCO | `quantity`, `price`, `stopPrice` | `stopLimitPrice`, `timeInForce` (GTC, GTD), `expiresAt` |
         *     | ICEBERG | `quantity`, `price`, `displayQuantity` | `timeInForce` (GTC, GTD), `expiresAt`, `postOnly` |
         *
         *     All may have `selfTradePrevention` and `clientOrderId`.
         */
        Order: {
            symbol: components["schemas"]["Symbol"];
            side: components["schemas"]["Side"];
            type: components["schemas"]["OrderType"];
            /** @description Base asset */
            quantity?: components["schemas"]["AmountIn"];
            /** @description Spend or receive at most this much quote asset */
            quoteAmount?: components["schemas"]["AmountIn"];
            /** @description The limit */
            price?: components["schemas"]["AmountIn"];
            /** @description The last price that wakes the order */
            stopPrice?: components["schemas"]["AmountIn"];
            /** @description The limit once an OCO was woken */
            stopLimitPrice?: components["schemas"]["AmountIn"];
            /** @description How much of it the book shows */
            displayQuantity?: components["schemas"]["AmountIn"];
            timeInForce?: components["schemas"]["TimeInForce"];
            /**
             * @description With GTD: the order is dead at this moment. Exactly this form.
             * @example 2026-01-15T10:30:00.000Z
             */
            expiresAt?: string;
            /** @description Refuse it when it would trade at once */
            postOnly?: boolean;
            selfTradePrevention?: components["schemas"]["SelfTradePrevention"];
            clientOrderId?: components["schemas"]["ClientOrderId"];
        };
        OrderPage: {
            orders: components["schemas"]["VenueOrder"][];
            /** @description Null on the last page */
            next_cursor: number | null;
        };
        /** @enum {unknown} */
        OrderType: "MARKET" | "LIMIT" | "STOP" | "STOP_LIMIT" | "OCO" | "ICEBERG";
        /** @description Price, then quantity */
        PriceLevel: [
            components["schemas"]["Amount"],
            components["schemas"]["Amount"]
        ];
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            instance?: string;
            code: string;
            request_id: string;
            fields?: {
                [key: string]: string;
            };
            details?: Record<string, never>;
            retry_after?: number;
        };
        Profile: {
            email: string;
            username: string | null;
            full_name: string | null;
            avatar_url: string | null;
            timezone: string;
            kyc_status: string;
            fee_tier: number;
            /** @description Whether it is on */
            second_factor: boolean;
            created_at: components["schemas"]["Time"];
        };
        /**
         * @description Whose order gives way when this one meets an own resting order; TAKER (this one) unless said
         * @enum {unknown}
         */
        SelfTradePrevention: "NONE" | "TAKER" | "MAKER" | "BOTH";
        /** @enum {unknown} */
        Side: "BUY" | "SELL";
        SignedIn: {
            /** @description RS256 JWT, 15 minutes, `typ` JWT, `iss` trading-platform, `sid` the session */
            accessToken: string;
            /** @description Good once. Not in the body where it is in a cookie. */
            refreshToken?: string;
            /**
             * @description Seconds
             * @example 900
             */
            expiresIn: number;
            /** @description HMAC key of this session */
            signingKey: string;
            /** @description By which the account knows this device from now on, to send with the next login. A browser has it in a cookie. */
            device?: string;
        };
        Success: {
            /** @constant */
            success: true;
            data: unknown;
        };
        /** @example BTCUSDT */
        Symbol: string;
        /**
         * Format: date-time
         * @example 2026-01-15T10:30:00.000Z
         */
        Time: string;
        /**
         * @description Good till cancelled; immediate or cancel; fill or kill; good till `expiresAt`
         * @enum {unknown}
         */
        TimeInForce: "GTC" | "IOC" | "FOK" | "GTD";
        TradeTokenLife: {
            /** Format: uuid */
            jti: string;
            exchangeUserId: components["schemas"]["ExchangeUserId"];
            /**
             * @description `label`: nobody proved who the user is
             * @enum {unknown}
             */
            identityMode: "signed" | "label";
            /** @description Of the key that signed it. With HS256 the partner can make such a token too: it is not independently verifiable. Null where the key is not on record. */
            algorithm: ("ES256" | "HS256") | null;
            trade: components["schemas"]["Order"];
            /** @enum {unknown} */
            status: "issued" | "redeemed" | "executed" | "partially_executed" | "rejected" | "expired";
            issuedAt: components["schemas"]["Time"];
            expiresAt: components["schemas"]["Time"];
            redeemedAt: components["schemas"]["Time"] | null;
            execution: null | {
                /** @description Signed with the partner's own report key */
                signed: boolean;
                /** @enum {unknown} */
                status: "executed" | "partially_executed" | "rejected" | "expired";
                quantity: components["schemas"]["Amount"];
                price: components["schemas"]["Amount"] | null;
                orderId: string;
                executedAt: components["schemas"]["Time"];
                reportedAt: components["schemas"]["Time"];
            };
            /** @description What the partner owes us for it, by its fee schedule. Zero until something is executed. */
            feeDue: {
                amount: components["schemas"]["Amount"];
                /** @example USDT */
                asset: string;
                rate: components["schemas"]["Amount"];
            };
        };
        VenueOrder: {
            /** @example 12345 */
            id: number;
            symbol: components["schemas"]["Symbol"];
            side: components["schemas"]["Side"];
            type: components["schemas"]["OrderType"];
            /** @description Of a market order by quote amount what the amount came to */
            quantity: components["schemas"]["Amount"];
            quote_amount: components["schemas"]["Amount"] | null;
            /** @description Null for MARKET and STOP */
            price: components["schemas"]["Amount"] | null;
            stop_price: components["schemas"]["Amount"] | null;
            stop_limit_price: components["schemas"]["Amount"] | null;
            display_quantity: components["schemas"]["Amount"] | null;
            time_in_force: components["schemas"]["TimeInForce"];
            expires_at: components["schemas"]["Time"] | null;
            post_only: boolean;
            self_trade_prevention: components["schemas"]["SelfTradePrevention"];
            /** @description When the last price woke it */
            triggered_at: components["schemas"]["Time"] | null;
            filled_quantity: components["schemas"]["Amount"];
            /** @description Null until something is filled */
            average_price: components["schemas"]["Amount"] | null;
            /** @description Paid so far */
            fee: components["schemas"]["Amount"];
            /** @description What the fee is taken from; the asset this side receives */
            fee_asset: string;
            status: components["schemas"]["VenueOrderStatus"];
            /** @description Why it ended early, e.g. NO_LIQUIDITY for the rest of a market order */
            reason: string | null;
            client_order_id: string | null;
            created_at: components["schemas"]["Time"];
            updated_at: components["schemas"]["Time"];
        };
        /** @enum {unknown} */
        VenueOrderStatus: "PENDING" | "PARTIAL" | "FILLED" | "CANCELLED";
        WidgetConfig: {
            theme: {
                primaryColor: components["schemas"]["Color"];
                backgroundColor: components["schemas"]["Color"];
                textColor: components["schemas"]["Color"];
                /** @example 'Roboto', sans-serif */
                fontFamily: string;
            };
            features: {
                showPnl: boolean;
                allowMarketOrders: boolean;
            };
            exchangeId: components["schemas"]["ExchangeId"];
            /** @description What traders call the exchange */
            name: string;
            /** @enum {unknown} */
            identityMode: "signed" | "label";
            /** @example en */
            locale: string;
            symbols: components["schemas"]["WidgetSymbol"][];
            /** @description Null when the page passes placeOrder */
            orderEndpoint: components["schemas"]["EndpointMapping"] | null;
            orderStatusEndpoint: components["schemas"]["EndpointMapping"] | null;
            balanceEndpoint: components["schemas"]["EndpointMapping"] | null;
            /**
             * @description Public order book, with {symbol}
             * @example http://localhost:8080/api/markets/{symbol}/orderbook
             */
            orderbookUrl: string | null;
            socketUrl: string;
            /** @description What the trader pays the exchange for a fill */
            fee: {
                /** @example 0.001 */
                makerRate: components["schemas"]["Amount"];
                /** @example 0.0015 */
                takerRate: components["schemas"]["Amount"];
                /** @example Fee 0.15 % of what you receive (0.1 % for an order that rests) */
                text: string;
            };
        };
        WidgetSymbol: {
            symbol: components["schemas"]["Symbol"];
            /** @example BTC */
            base: string;
            /** @example USDT */
            quote: string;
            /** @example 0.01 */
            tickSize: components["schemas"]["Amount"];
            /** @example 0.0001 */
            lotSize: components["schemas"]["Amount"];
            minQuantity: components["schemas"]["Amount"];
            maxQuantity: components["schemas"]["Amount"];
            minNotional: components["schemas"]["Amount"];
            /** @description Left out where there is no bound */
            maxPrice?: components["schemas"]["Amount"];
        };
        Withdrawal: {
            /** Format: uuid */
            id: string;
            /** @description For staff */
            user_id?: number;
            asset: string;
            amount: components["schemas"]["Amount"];
            address: string;
            status: components["schemas"]["WithdrawalStatus"];
            /** @description Until then the link in the mail confirms it; null unless it waits for that */
            confirm_until: string | null;
            /**
             * @description For staff: where its money is
             * @enum {unknown}
             */
            funds?: "to_take" | "taken" | "to_return" | "returned" | "refused";
            /**
             * @description For staff: how many approvers it takes, judged by its worth when the first approves it; 2: it is in the cold queue
             * @enum {integer|null}
             */
            approvals_needed?: 1 | 2 | null;
            /** @description For staff: who approved it, first to last */
            approved_by?: number[];
            /** @description For staff: what it was sent as */
            reference?: string | null;
            /** @description For staff: since when the custodian may have heard of it; then only its answers move it */
            custody_since?: string | null;
            /** @description What staff said last, or why it was refused: a code such as INSUFFICIENT_BALANCE, or NOT_CONFIRMED when nobody opened the link in time */
            reason: string | null;
            created_at: components["schemas"]["Time"];
            updated_at: components["schemas"]["Time"];
        };
        /** @enum {unknown} */
        WithdrawalStatus: "requested" | "mail_confirmed" | "approved" | "sent" | "completed" | "failed" | "rejected" | "cancelled";
    };
    responses: {
        /** @description Refused. `error.code` is for programs, `error.message` for people. */
        Error: {
            headers: {
                /** @description Seconds. With 429 and some 503. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        exchangeId: components["schemas"]["ExchangeId"];
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getWidgetConfig: {
        parameters: {
            query: {
                id: components["schemas"]["ExchangeId"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The configuration */
            200: {
                headers: {
                    ETag?: string;
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WidgetConfig"];
                };
            };
            /** @description Not changed since the ETag in If-None-Match */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            429: components["responses"]["Error"];
        };
    };
    openWidgetSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    exchangeId: components["schemas"]["ExchangeId"];
                    /** @description Signed mode */
                    userToken?: string;
                    /** @description Label mode */
                    exchangeUserId?: components["schemas"]["ExchangeUserId"];
                } & (unknown | unknown);
            };
        };
        responses: {
            /** @description A session */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            sessionToken: string;
                            /**
                             * @description Seconds
                             * @example 300
                             */
                            expiresIn: number;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    generateTradeToken: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    exchangeId: components["schemas"]["ExchangeId"];
                    exchangeUserId: components["schemas"]["ExchangeUserId"];
                    trade: components["schemas"]["Order"];
                };
            };
        };
        responses: {
            /** @description The token */
            201: {
                headers: {
                    /** @description `true` when the key had its token already */
                    "Idempotency-Hit"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            token: string;
                            /** Format: uuid */
                            jti: string;
                            expiresAt: components["schemas"]["Time"];
                            /**
                             * @description Seconds left of its life
                             * @example 10
                             */
                            expiresIn: number;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            409: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            422: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    listOrders: {
        parameters: {
            query?: {
                symbol?: components["schemas"]["Symbol"];
                side?: components["schemas"]["Side"];
                type?: components["schemas"]["OrderType"];
                status?: components["schemas"]["VenueOrderStatus"];
                /** @description Finds the order after a lost answer */
                clientOrderId?: components["schemas"]["ClientOrderId"];
                /** @description Made at or after */
                from?: components["schemas"]["Time"];
                /** @description Made before */
                to?: components["schemas"]["Time"];
                limit?: number;
                /** @description The `next_cursor` of the page before */
                cursor?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of orders */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["OrderPage"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    placeOrder: {
        parameters: {
            query?: never;
            header?: {
                "X-Trade-Token"?: string;
                /** @description Taken for the clientOrderId when the body has none */
                "Idempotency-Key"?: components["schemas"]["ClientOrderId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    symbol: components["schemas"]["Symbol"];
                    side: components["schemas"]["Side"];
                    type: components["schemas"]["OrderType"];
                    quantity?: components["schemas"]["AmountIn"];
                    quoteAmount?: components["schemas"]["AmountIn"];
                    price?: components["schemas"]["AmountIn"];
                    stopPrice?: components["schemas"]["AmountIn"];
                    stopLimitPrice?: components["schemas"]["AmountIn"];
                    displayQuantity?: components["schemas"]["AmountIn"];
                    timeInForce?: components["schemas"]["TimeInForce"];
                    expiresAt?: string;
                    postOnly?: boolean;
                    selfTradePrevention?: components["schemas"]["SelfTradePrevention"];
                    clientOrderId?: components["schemas"]["ClientOrderId"];
                    tradeToken?: string;
                };
            };
        };
        responses: {
            /** @description Accepted. It may be filled already. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["VenueOrder"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            409: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            422: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    cancelOrders: {
        parameters: {
            query?: {
                symbol?: components["schemas"]["Symbol"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was cancelled */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            orders: components["schemas"]["VenueOrder"][];
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    getOrder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["VenueOrder"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    cancelOrder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Cancelled; what was filled before stays filled */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["VenueOrder"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    amendOrder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    quantity?: components["schemas"]["AmountIn"];
                    price?: components["schemas"]["AmountIn"];
                    stopPrice?: components["schemas"]["AmountIn"];
                    stopLimitPrice?: components["schemas"]["AmountIn"];
                };
            };
        };
        responses: {
            /** @description The order as it stands now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["VenueOrder"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            409: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            422: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    getOrderbook: {
        parameters: {
            query?: {
                /** @description How many levels of each side */
                depth?: number;
            };
            header?: never;
            path: {
                symbol: components["schemas"]["Symbol"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Price levels */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            symbol: components["schemas"]["Symbol"];
                            bids: components["schemas"]["PriceLevel"][];
                            asks: components["schemas"]["PriceLevel"][];
                            /** @description Grows with each change of the book; of two answers the one with the higher number is newer */
                            sequence: number;
                            checksum: number;
                            timestamp: components["schemas"]["Time"];
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            404: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    getBalances: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One row per asset */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["Balance"][];
                    } & components["schemas"]["Success"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    getVenueWidgetSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Pass exchangeId and exchangeUserId to OurWidget.init, the two tokens from getSession */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            exchangeId: components["schemas"]["ExchangeId"];
                            exchangeUserId: components["schemas"]["ExchangeUserId"];
                            userToken: string;
                            venueToken: string;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    listWithdrawals: {
        parameters: {
            query?: {
                status?: components["schemas"]["WithdrawalStatus"];
                limit?: number;
                /** @description The `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            withdrawals: components["schemas"]["Withdrawal"][];
                            /** @description Where the next page begins; null on the last */
                            next_cursor: string | null;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    getOwnKyc: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state of the account and what was sent last */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["Kyc"];
                    } & components["schemas"]["Success"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    submitKyc: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KycRequest"];
            };
        };
        responses: {
            /** @description Taken in; our staff looks at it */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["Kyc"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            409: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    requestWithdrawal: {
        parameters: {
            query?: never;
            header: {
                /** @description 16 to 64 visible ASCII characters; one for each thing you want done */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    asset: components["schemas"]["Asset"];
                    amount: components["schemas"]["AmountIn"];
                    /** @description Where to; visible ASCII characters */
                    address: string;
                    /** @description A code of your second factor, or a backup code */
                    totp?: string;
                };
            };
        };
        responses: {
            /** @description Asked for; the amount has left your balance */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["Withdrawal"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            422: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    confirmWithdrawal: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                };
            };
        };
        responses: {
            /** @description The withdrawal, which our staff looks at now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["Withdrawal"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    cancelWithdrawal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The withdrawal as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["Withdrawal"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            409: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: {
                "X-Client"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email: string;
                    password: string;
                    /** @description A code of the second factor */
                    totp?: string;
                    /** @description The `device` of an earlier answer. One that we did not make is known to no account */
                    device?: string;
                };
            };
        };
        responses: {
            /** @description Signed in */
            200: {
                headers: {
                    /** @description With X-Client: browser */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["SignedIn"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    getCaptcha: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A challenge */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            parameters: {
                                /** @example PBKDF2/SHA-256 */
                                algorithm: string;
                                nonce: string;
                                salt: string;
                                cost: number;
                                keyLength: number;
                                keyPrefix: string;
                                keySignature?: string;
                                /** @description Seconds since 1970 */
                                expiresAt: number;
                            };
                            signature: string;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    /** @description 12 to 128 characters of any kind, in Unicode form C; not the address, not one that attackers try first */
                    password: string;
                    /** @description The solved challenge of GET /api/auth/captcha */
                    captcha: string;
                };
            };
        };
        responses: {
            /** @description A mail is on its way */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            email: string;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    verifyEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description 43 characters */
                    token: string;
                };
            };
        };
        responses: {
            /** @description The account can be used */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            email: string;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email?: string;
                    /** @description Not needed. Where it is sent, it must be right. */
                    captcha?: string;
                    /** @description 43 characters */
                    token?: string;
                    new_password?: string;
                };
            };
        };
        responses: {
            /** @description The password is set */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            device: string;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            /** @description If somebody has the address, a mail is on its way */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            email: string;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    refreshSession: {
        parameters: {
            query?: never;
            header?: {
                "X-CSRF-Token"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    refreshToken?: string;
                    /** @description The `device` of an earlier answer: the one that was sent with the login, if any was */
                    device?: string;
                };
            };
        };
        responses: {
            /** @description Renewed */
            200: {
                headers: {
                    /** @description With X-Client: browser */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["SignedIn"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    all?: boolean;
                };
            };
        };
        responses: {
            /** @description Ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            sessions_ended: number;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    getProfile: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Profile */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["Profile"];
                    } & components["schemas"]["Success"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    changeProfile: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Letters, digits, dots, dashes and underscores */
                    username?: string | null;
                    full_name?: string | null;
                    /**
                     * Format: uri
                     * @description https
                     */
                    avatar_url?: string | null;
                    /** @example Europe/Berlin */
                    timezone?: string;
                };
            };
        };
        responses: {
            /** @description Profile */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: components["schemas"]["Profile"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            409: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    current_password: string;
                    new_password: string;
                    /** @description A code of the second factor */
                    totp?: string;
                };
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            sessions_ended: number;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    confirmDevice: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description 43 characters */
                    token: string;
                    /** @enum {unknown} */
                    decision: "confirm" | "deny";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            /** @enum {unknown} */
                            decision: "confirm" | "deny";
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    listDevices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Devices, seen last first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            devices: components["schemas"]["AccountDevice"][];
                        };
                    } & components["schemas"]["Success"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    forgetDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Forgotten */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            sessions_ended: number;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    nameDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string | null;
                };
            };
        };
        responses: {
            /** @description Named */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            name: string | null;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Sessions, the newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            sessions: components["schemas"]["AccountSession"][];
                        };
                    } & components["schemas"]["Success"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            sessions_ended: number;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    nameSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string | null;
                };
            };
        };
        responses: {
            /** @description Named */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            name: string | null;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    enableSecondFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Once more */
                    password: string;
                };
            };
        };
        responses: {
            /** @description A secret, shown once */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            /** @description Base32, 160 bits, to be typed where no QR code can be scanned */
                            secret: string;
                            /** @description What the QR code says */
                            otpauth_url: string;
                            /**
                             * @description Seconds
                             * @example 600
                             */
                            expires_in: number;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            409: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    verifySecondFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Six digits, or a backup code */
                    code: string;
                };
            };
        };
        responses: {
            /** @description The code was right */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            /** @description In the place of the one that asked */
                            accessToken: string;
                            /**
                             * @description Seconds
                             * @example 900
                             */
                            expiresIn: number;
                            backup_codes?: string[];
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            409: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    disableSecondFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Once more */
                    password: string;
                    /** @description Six digits, or a backup code */
                    code: string;
                };
            };
        };
        responses: {
            /** @description Off */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            /** @constant */
                            second_factor: false;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            409: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your keys */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            keys: components["schemas"]["ApiKey"][];
                        };
                    } & components["schemas"]["Success"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example market maker */
                    name: string;
                    scopes: ("trade" | "view_orders" | "view_balance" | "read:balance" | "read:trades" | "write:balance")[];
                    /** @description Addresses and networks it may be used from, such as 192.0.2.7 or 2001:db8::/32. Empty or left out: from anywhere. */
                    ip_allow_list?: string[];
                    /**
                     * Format: date-time
                     * @description In the future. Left out or null it lives until it is revoked.
                     */
                    expires_at?: string | null;
                    /** @description Refuse signatures of version 1 */
                    require_version_2?: boolean;
                    password: string;
                    /** @description A code of the second factor */
                    totp?: string;
                };
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            /** @description What calls are signed with, all of it as text */
                            secret: string;
                        } & components["schemas"]["ApiKey"];
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            413: components["responses"]["Error"];
            415: components["responses"]["Error"];
            422: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    revokeApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            /** Format: uuid */
                            id: string;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    listTradeTokens: {
        parameters: {
            query?: {
                limit?: number;
                /** @description The `nextBefore` of the page before */
                before?: string;
            };
            header?: never;
            path: {
                exchangeId: components["parameters"]["exchangeId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of tokens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data?: {
                            tokens: components["schemas"]["TradeTokenLife"][];
                            /** Format: uuid */
                            nextBefore: string | null;
                        };
                    } & components["schemas"]["Success"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            429: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
}
