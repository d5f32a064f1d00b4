-- Shows a changed policy. ARGV: run, policy version, isPaused.
if findRoom() then setPolicy(ARGV[2], ARGV[3]) end
