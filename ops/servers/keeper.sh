#!/bin/sh
# Outlives the process that starts private servers, however that ends (also by kill -9, also in the middle of a
# start), and then ends what it left behind: the process groups that the folder's file names, and the folder.
trap '' HUP INT TERM
folder=$1
while read -r _; do :; done # until our starter is gone, and the pipe with it

while read -r group; do kill -s KILL -- "-$group"; done 2>/dev/null <"$folder/process-groups"
for _ in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf -- "$folder" 2>/dev/null && break
  sleep 0.2 # somebody was still writing
done
