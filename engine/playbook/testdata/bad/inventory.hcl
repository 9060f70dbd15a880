defaults {
  user = "bw"
}
group "xsp" {
  hosts = ["xsp01"]
}
