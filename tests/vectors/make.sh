#!/usr/bin/env bash
# Makes signed requests by OpenSSL alone, which has no part in what verifies them. Private keys are thrown away.
# Usage: make.sh [timestamp in milliseconds] > vectors.json
set -euo pipefail
timestamp=${1:-1632844347462}
# Its own digits are the key; whoever takes them for hexadecimal ones computes something else.
signing_key=6f1ed002ab5595859014ebf0951522d9a5b3c1e07f4d2c68b1a09e8d7c6f5e4d
token=2ab1ec4d3d7e4c5f96b0ce5dfa90d7a1

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"

base64() { openssl base64 -A; }
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
bytes() { printf "$(sed 's/../\\x&/g')"; }

# --- Keys ---
rsa_key() { openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -pkeyopt "rsa_keygen_pubexp:$3" -out "$1"; }
for size in 1024 2046 2048 2056 3072 4096; do rsa_key "rsa$size" $size 65537; done
rsa_key rsa2048b 2048 65537
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec

modulus() { openssl rsa -in "$1" -noout -modulus | sed 's/^Modulus=//' | bytes; }
point() { openssl pkey -in ec -pubout -outform DER | tail -c 64; }
jwk() {
  if [ "$1" = ec ]; then
    printf '{ "kty": "EC", "crv": "P-256", "x": "%s", "y": "%s" }' \
      "$(point | head -c 32 | base64url)" "$(point | tail -c 32 | base64url)"
  else
    printf '{ "kty": "RSA", "n": "%s", "e": "AQAB" }' "$(modulus "$1" | base64url)"
  fi
}

# --- Bodies ---
message() {
  head='{"className":"MessagePayload","clientId":"c-1","userId":"1aLiCe","message":{"messageId":"m","channelId":"c","body":{"className":"ChatMessage.Text","text":"Grüße aus Köln, привет, 你好, 🚀 '
  tail='"}}}'
  length=$(printf '%s%s' "$head" "$tail" | wc -c)
  printf '%s%0*d%s' "$head" $((1024 - length)) 0 "$tail"
}
message > message
[ "$(wc -c < message)" -eq 1024 ]
# Whoever reads and writes it anew gets another text.
printf '%s' ' { "userId" : null, "className":"Menu\u0041ctionPayload" ,"clientId":"\u00e9\/", "n":1.0E+2}	' > spaced
printf '{\r\n\t"className": "WebhookRequestPayload",\r\n\t"clientId": "c-1"\r\n}\r\n' > lines
printf '%s' '{"className":"Of.Tomorrow","clientId":"c","list":[9007199254740993,123456789012345678901234567890,1e400,-0,0.1,5e-324,null,true],"deep":{"deep":{"deep":[[{"":"\ud83d\ude80\u0000\u2028"}]]}},"constructor":1,"toString":null,"hasOwnProperty":"x"}' > unknown
printf '%s' '{"className":"X","clientId":"c","__proto__":{"clientSecret":"s"},"inner":{"__proto__":[],"a":1}}' > proto
printf '%s' "{\"className\":\"InitPayload\",\"clientId\":\"c\",\"clientSecret\":\"s\",\"serverUrl\":\"https://acme.example\",\"verificationToken\":\"$token\"}" > init
# Authentic all the same, but nothing to go by.
printf '' > empty
printf '\xff\xfe{}\x00' > binary
printf 'className=InitPayload' > form
printf '%s' '["className"]' > list
printf '%s' '"className"' > text
printf 'null' > null
printf '%s' '{"clientId":"c"}' > classless
printf '%s' '{"className":7}' > numbered
printf '%s' '{"className":""}' > nameless
printf '%s' '{"className":"InitPayload","className":"MessagePayload"}' > twice
printf '%s' '{"className":"InitPayload"} {}' > more
printf '%s' '{"className":"InitPayload",}' > comma
printf '\xef\xbb\xbf%s' '{"className":"InitPayload"}' > marked
bodies='message spaced lines unknown proto init'
unreadable='empty binary form list text null classless numbered nameless twice more comma marked'

# --- Signatures, of standard input ---
hmac() { openssl dgst "-${2:-sha256}" -mac HMAC -macopt "${1:-key:$signing_key}" -r | cut -d ' ' -f 1; }
rsa() { openssl dgst "-${2:-sha512}" -sign "$1" "${@:3}" | base64; }
signed() { printf '%s:' "${2-$timestamp}" && cat "$1"; }
# With the exponent 1, this block is a signature by anybody of anything (RFC 8017 section 9.2).
forged() {
  { printf '0001' && printf 'ff%.0s' $(seq 170) && printf '00%s' 3051300d060960864801650304020305000440; } | bytes
  openssl dgst -sha512 -binary
}

# --- Times that are none, or others ---
past_64_bits() {
  low=$((73709551616 + timestamp))
  printf '%d%012d' $((18446744 + low / 1000000000000)) $((low % 1000000000000))
}
times() {
  printf '%s\n' "$((timestamp / 1000))" "${timestamp}000" "$(past_64_bits)" "$(printf %x "$timestamp")" \
    "$(printf 0x%x "$timestamp")" "-$timestamp" "+$timestamp" " $timestamp" "$timestamp " "$timestamp.0" \
    "$timestamp,$timestamp" "$timestamp:" "${timestamp}n" "${timestamp:0:1}_${timestamp:1}" 0 NaN Infinity 1e400 ''
}

# --- All of it as JSON ---
pairs() { paste -s -d , - | sed 's/,"/, "/g'; }
request() {
  printf '"%s": { "body": "%s", "hmac": "%s", "rsa": "%s" }\n' \
    "$1" "$(base64 < "$1")" "$(signed "$1" | hmac)" "$(signed "$1" | rsa rsa2048)"
}
each() { for name in $2; do "$1" "$name"; done | pairs; }
named_key() { printf '"%s": %s\n' "$1" "$(jwk "$1")"; }
by_time() { printf '"%s": "%s"\n' "$1" "$(signed message "$1" | hmac)"; }
by_key() { printf '"%s": "%s"\n' "$1" "$(signed message | rsa "$1")"; }
{
  printf '{ "timestamp": "%s", "signingKey": "%s", "verificationToken": "%s",' "$timestamp" "$signing_key" "$token"
  keys='rsa1024 rsa2046 rsa2048 rsa2048b rsa2056 rsa3072 rsa4096'
  printf '"keys": { %s },' "$(each named_key "$keys ec")"
  printf '"requests": { %s },' "$(each request "$bodies")"
  printf '"unreadable": { %s },' "$(each request "$unreadable")"
  printf '"message": { %s },' "$(each by_key "$keys")"
  printf '"times": { %s },' "$(times | while IFS= read -r time; do by_time "$time"; done | pairs)"
  # Of the message, and each of them wrong.
  printf '"wrong": { "hmac": {'
  printf '"by the bytes that the digits of the key stand for": "%s",' "$(signed message | hmac "hexkey:$signing_key")"
  printf '"by another key": "%s",' "$(signed message | hmac key:6f1ed002)"
  printf '"with SHA-512": "%s",' "$(signed message | hmac '' sha512)"
  printf '"with SHA-1": "%s",' "$(signed message | hmac '' sha1)"
  printf '"without HMAC": "%s",' "$(signed message | openssl dgst -sha256 -r | cut -d ' ' -f 1)"
  printf '"of the body alone": "%s",' "$(hmac < message)"
  printf '"without the colon": "%s",' "$({ printf %s "$timestamp" && cat message; } | hmac)"
  printf '"the other way round": "%s"' "$({ cat message && printf ':%s' "$timestamp"; } | hmac)"
  printf '}, "rsa": {'
  printf '"by another key": "%s",' "$(signed message | rsa rsa2048b)"
  printf '"by a key of an elliptic curve": "%s",' "$(signed message | rsa ec)"
  printf '"with SHA-256": "%s",' "$(signed message | rsa rsa2048 sha256)"
  printf '"with SHA-384": "%s",' "$(signed message | rsa rsa2048 sha384)"
  printf '"with PSS": "%s",' "$(signed message | rsa rsa2048 sha512 -sigopt rsa_padding_mode:pss)"
  printf '"of the body alone": "%s",' "$(rsa rsa2048 < message)"
  printf '"without the colon": "%s",' "$({ printf %s "$timestamp" && cat message; } | rsa rsa2048)"
  printf '"the other way round": "%s",' "$({ cat message && printf ':%s' "$timestamp"; } | rsa rsa2048)"
  printf '"for the exponent 1": "%s"' "$(signed message | { cat > input && forged < input; } | base64)"
  printf '} } }\n'
}
