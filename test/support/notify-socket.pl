# A datagram socket as systemd's: prints what it is told, a line a message. Node has no such sockets.
use strict;
use warnings;
use Socket;
$| = 1;
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
bind($socket, pack_sockaddr_un($ARGV[0])) or die "bind: $!";
print "listening\n";
while (defined recv($socket, my $message, 65536, 0)) {
    $message =~ s/\n/ | /g;
    print "$message\n";
}
