#!/bin/sh
# Makes the fixtures beside this script: one second and a half of the same sound in each format, with Debian's ffmpeg 5.1, flac 1.4 and lame
# 3.100. The sound is a tone of 1000 Hz, a sweep from 300 Hz to 9 kHz and clicks, made by formula: nobody's work.
set -eu
cd "$(dirname "$0")/fixtures"
left='0.3*sin(2*PI*1000*t)+0.25*sin(2*PI*(300*t+2900*t*t))'
right='0.3*sin(2*PI*1000*t)+0.2*lt(mod(t,0.25),0.002)'
ffmpeg -v error -y -f lavfi -i "aevalsrc='$left|$right':s=32000:d=1.5" -c:a pcm_s16le -bitexact sound-s16.wav
for codec in pcm_u8 pcm_s24le pcm_s32le pcm_f32le pcm_f64le; do
  ffmpeg -v error -y -i sound-s16.wav -t 0.1 -c:a $codec -bitexact "sound-${codec#pcm_}.wav"
done
flac -s -f -8 -T 'ARTIST=A. Person' -T 'LOCATION=48.1,11.5' sound-s16.wav -o sound.flac
ffmpeg -v error -y -i sound-s16.wav -t 0.3 -sample_fmt s32 -c:a flac -bits_per_raw_sample 24 sound-24.flac
lame --quiet -b 96 --tt 'A title' --ta 'A. Person' --add-id3v2 sound-s16.wav sound.mp3
lame --quiet -V 2 --resample 22.05 -m m sound-s16.wav sound-mpeg2.mp3
# Pages of 0.2 s: what is cut off or damaged is lost by pages.
tags="-metadata artist='A. Person' -metadata location=48.1,11.5 -page_duration 200000"
eval ffmpeg -v error -y -i sound-s16.wav -c:a libvorbis -q:a 5 "$tags" sound-vorbis.ogg
eval ffmpeg -v error -y -i sound-s16.wav -c:a libopus -b:a 96k "$tags" sound-opus.ogg
# Six channels, a tone of (channel + 1) · 500 Hz in each.
ffmpeg -v error -y -f lavfi -i "aevalsrc='0.5*sin(2*PI*500*t)|0.5*sin(2*PI*1000*t)|0.5*sin(2*PI*1500*t)|0.5*sin(2*PI*2000*t)|0.5*sin(2*PI*2500*t)|0.5*sin(2*PI*3000*t)':c=5.1:s=16000:d=0.25" -c:a pcm_s16le -bitexact six-channels.wav
ffmpeg -v error -y -i six-channels.wav -c:a libvorbis -q:a 4 six-channels.ogg
