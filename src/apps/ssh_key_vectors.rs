// Lines of .pub files, and what `ssh-keygen -l` says of them.
const KEYS: [(&str, &str); 7] = [
    (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJa5mfhmEgXu4LDBqsWefTNotyHrqV+N5Mo3XTfc2CU build agent",
        "SHA256:Txkh2l1qNMRalG/EwiuqfU6i2tU5zN//S8XWcpH3J3k",
    ),
    (
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDbUG1flp6s2zijws37pR2wY7xI+Jw/e4+hfn777iEPj1MbeT85tKHS7N4+/lSKVtLrKUnEHDwibIjeELDG4YXvteIXgDwpNBI56wqgj93N0AHtW2Q08D7iTYc17EomcQ+98cg1HzQXyHq+fwvxO20/9ZHQN3s4sKBi+V09jUuPI5UaMW1CaVUKXjoacEf0tY7iHEqZmCh+b9i/ixVIpuBziojr6k4J4OV2+8jAAJ22bLuV2Vtt28nWxqBSOinvWRZgeI6B7Tx5x8X0XfyuUnMboyUGYYxRsKk022ovie2DC8OZliaA8+R49X5n/JQdk27rpabtR9ZCen3kaF4dkKoOljezkeVssk4UCAVNLl7xKSrccXSDNSvlp2YmgcZSdRPTAH4XaSDmz6r+QVDRxVoAD0WGn+36urz+U2Xyz7FY3nEpcR57fO5ykbB2HTNnORwbeTCcK82nocBfisrxtpoVYUGCnePokZ0zAwtWi6m88+do+hseemfgNy7TecVhTa8= build agent",
        "SHA256:AoFPWoVRq6AMFluBcC6Qg+Pp2M4GkDsOk36h01BV9uw",
    ),
    (
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHY+4PfVyfVVMgFRDUmL1Kfi2P8Gsv/SSQdMxFc3y8vC3/H5aBBhP8EW09nqxHjh5DR/vuo0ylyBeQ9dhp0wWYg= build agent",
        "SHA256:n7WjErpUA6zYi/hX9qBtUCNSr3G/73xGuI8Ewz1tRXY",
    ),
    (
        "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBGATv4cOhCTrb8Z6hz5hDRnksMjfDFdDYG/XXolhbMiGjo24QwzvJA+rkxKVlxf2PO7yojzV1pjo6rxAmmL44HWW5nUISMZ0aTM6nTt6/HuLKXLg+hkCSBmutEPd7C0CCg== build agent",
        "SHA256:yd80fDqSql9o75YwvI1qcq2BhrxJ7jPfw6JZv0QRb00",
    ),
    (
        "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAFVPEW7DySMG0f4U6TJoIlACXZUFNPwF/ubcXXLYUGUnoniKjkR1GnQriaxrMh8ZirTNd/a8cBG4f1j5qzttYr0TgCCW5MDMFdZARizfGv9GNNWf8GcKF5Wa7uUNGHMezpkMK4TWAQTmEaad5zYXijBqUP6K8RYG2utwXg2d2oWbL/DFw== build agent",
        "SHA256:EpbjoIWnwSBKu8WnxOm7r3VKdIPmkiRFw0d8rLJgoYk",
    ),
    (
        "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIFJa5mfhmEgXu4LDBqsWefTNotyHrqV+N5Mo3XTfc2CUAAAABHNzaDo= build agent",
        "SHA256:FBzH1LwaNtPgrOvdX30tJYofMRkqBTzQhlzed+1vvXc",
    ),
    (
        "sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABBBHY+4PfVyfVVMgFRDUmL1Kfi2P8Gsv/SSQdMxFc3y8vC3/H5aBBhP8EW09nqxHjh5DR/vuo0ylyBeQ9dhp0wWYgAAAAEc3NoOg== build agent",
        "SHA256:x6n1tXakrtotga4xcfhyKIbZC77iUT+7+O2KucQnYEo",
    ),
];

// RSA with 1024 bits.
const WEAK: &str =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDODIDJP576jMw7NLp6BhwGaJSj23cuL+p8k3MSTHmQwV8fcnSJRscewwSAeV8VKHa4f2xabPCUnjLpLidfyVNybOFxSPSHXXGXkLY+rEDF0/eyFGl50/Vxvkf57Q+qVQPYgoEJIE4ouefd/IsATWWk+1QeWWB3EJ28NKWh7s2osQ== weak";
