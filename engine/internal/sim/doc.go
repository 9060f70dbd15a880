// Package sim is the simulation of the shell: the real engine, with the real SSH client, connection pool, journal and
// lease, against hosts in memory and in virtual time (testing/synctest). Each seed is a fleet, a playbook and a story of
// faults: connections cut and stalled at any byte, hosts that reboot, flap or never come back, controllers that crash and
// resume, two at once, disks that fill up. A judge reads what the hosts themselves recorded.
//
// It holds tests only. The core's own simulation, in engine/schedule, replays exactly; this one does not: virtual time
// decides when things happen, but not which of two goroutines that are ready runs first. A seed that fails here fails
// again most of the time, not always.
package sim
