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
         *     `TRADE_TOKEN_SPENT` carries what came of it, as `details.order` (a VenueOrder) or `details.refusal` (a code). After 503 `ENGINE_UNAVAILABLE` or `OVERLOADED`
         *     nothing was placed; after 503 `ORDER_OUTCOME_UNKNOWN` ask again with the same `clientOrderId`.
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
         * @description Cancelling it again, or after it was filled, is answered 404 `ORDER_NOT_FOUND`; look at it with GET.
         */
        delete: operations["cancelOrder"];
        options?: never;
        head?: never;
        /**
         * Change an open order of yours
         * @description Only a smaller quantity keeps the place in the queue; anything else sends the order in again under its id, and it may trade. `quantity` is the whole
         *     quantity, the filled part included. Where the changed order would be refused it stays as it was. The same change again changes nothing.
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
         *     Show the `device` of the answer next time: a device that the account knows is let in while strangers are locked out.
         */
        post: operations["login"];
        delete?: never;
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
        /** @example 45000.00 */
        Amount: string;
        /**
         * @description A plain positive decimal. No sign, exponent or spaces.
         * @example 0.001
         */
        AmountIn: string;
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
            /** @description What staff said last, or why it was refused */
            reason: string | null;
            created_at: components["schemas"]["Time"];
            updated_at: components["schemas"]["Time"];
        };
        /** @enum {unknown} */
        WithdrawalStatus: "requested" | "approved" | "sent" | "completed" | "failed" | "rejected";
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
                    /** @description What the client calls its device: a secret of its own, made by chance */
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
