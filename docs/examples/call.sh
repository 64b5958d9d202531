set -eu
# sh call.sh PATH BODY [IDEMPOTENCY-KEY], with API=http://localhost:8080 and API_SECRET=ak_….…
path=$1
body=$2
timestamp=$(date +%s)000
nonce=$(openssl rand -hex 16)
signature=$(printf %s "${timestamp}${nonce}POST${path}${body}" | openssl dgst -sha256 -hmac "$API_SECRET" | sed 's/^.*= *//')

curl --silent --show-error "$API$path" \
  --header 'Content-Type: application/json' \
  --header "X-API-Key: ${API_SECRET%%.*}" \
  --header "X-API-Timestamp: $timestamp" \
  --header "X-API-Nonce: $nonce" \
  --header "X-API-Signature: $signature" \
  --header 'X-API-Signature-Version: 2' \
  ${3:+--header} ${3:+"Idempotency-Key: $3"} \
  --data-binary "$body"
