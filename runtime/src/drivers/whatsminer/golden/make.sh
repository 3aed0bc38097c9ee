#!/bin/sh
# Writes the golden frames of the encrypted API beside it with openssl alone, as the maker's document shows it: an
# implementation that shares nothing with ours. The challenge is the one that a real miner gave in March 2023.
set -eu
cd "$(dirname "$0")"

password=admin salt=BQ5hoXV9 newsalt=P5NTAcEp time=5039
key=$(openssl passwd -1 -salt "$salt" "$password" | cut -f 4 -d '$')
sign=$(openssl passwd -1 -salt "$newsalt" "$key$time" | cut -f 4 -d '$')
aeskey=$(printf %s "$key" | openssl dgst -sha256 -r | cut -f 1 -d ' ')

seal() { printf %s "$1" | dd bs=16 conv=sync iflag=fullblock status=none | openssl enc -aes-256-ecb -nopad -K "$aeskey" -base64 -A; }
quote() { printf %s "$1" | sed 's/"/\\"/g'; }

# frame <command> <params> <request of the API without its token>
frame() {
  plain="{\"token\":\"$sign\",$3}"
  cat > "$1.json" <<JSON
{
  "command": "$1",
  "params": $2,
  "plain": "$(quote "$plain")",
  "frame": "{\\"enc\\":1,\\"data\\":\\"$(seal "$plain")\\"}"
}
JSON
}

challenge="{\"STATUS\":\"S\",\"When\":1678185039,\"Code\":134,\"Msg\":{\"time\":\"$time\",\"salt\":\"$salt\",\"newsalt\":\"$newsalt\"},\"Description\":\"\"}"
done="{\"STATUS\":\"S\",\"When\":1678185039,\"Code\":131,\"Msg\":\"API command OK\",\"Description\":\"\"}"
cat > exchange.json <<JSON
{
  "password": "$password",
  "challenge": "$(quote "$challenge")",
  "sign": "$sign",
  "plain": "$(quote "$done")",
  "answer": "{\\"enc\\":\\"$(seal "$done")\\"}"
}
JSON

pool='{"url":"stratum+tcp://a.example:3333","worker_name":"me.1","worker_password":"x"}'
frame reboot '{}' '"cmd":"reboot","respbefore":"true"'
frame setPowerMode '{"mode":"low"}' '"cmd":"set_low_power"'
frame setLED '{"enabled":true}' '"cmd":"set_led","color":"red","period":200,"duration":100,"start":0'
frame setupPools "{\"pools\":[$pool]}" '"cmd":"update_pools","pool1":"stratum+tcp://a.example:3333","worker1":"me.1","passwd1":"x","pool2":"","worker2":"","passwd2":"","pool3":"","worker3":"","passwd3":""'
frame setPowerPct '{"pct":80}' '"cmd":"set_power_pct_v2","percent":"80"'
frame setUpfreqSpeed '{"speed":3}' '"cmd":"adjust_upfreq_speed","upfreq_speed":"3"'
