; ModuleID = 'flow'
source_filename = "flow"

%flow.text = type { ptr, i64 }

@flow_dispatch = constant [7 x ptr] [ptr @"fn ended", ptr @"fn start", ptr @"fn handle greet", ptr @"fn start", ptr @"fn enter greet", ptr @"fn handle greet", ptr @"fn ended"]
@text.0 = private unnamed_addr constant [7 x i8] c"Hello \00"
@send.0 = private constant { i32, i32, i32, i32, i64, i32, i32 } { i32 0, i32 0, i32 -1, i32 -1, i64 30000, i32 0, i32 0 }
@text.1 = private unnamed_addr constant [15 x i8] c"nobody read it\00"
@reason.1 = private constant %flow.text { ptr @text.1, i64 14 }

; Function Attrs: nounwind
define internal i32 @"fn start"(ptr %frame, ptr %event) #0 {
entry:
  br label %b0

b0:                                               ; preds = %entry
  call void @flow_begin(ptr %frame, ptr %event)
  ret i32 6
}

; Function Attrs: nounwind
define internal i32 @"fn enter greet"(ptr %frame, ptr %event) #0 {
entry:
  %r0 = alloca %flow.text, align 8
  %r1 = alloca %flow.text, align 8
  %list = alloca [2 x %flow.text], align 8
  %fields = load ptr, ptr %frame, align 8
  br label %b0

b0:                                               ; preds = %entry
  call void @flow_enter(ptr %frame, ptr %event, i32 0)
  %0 = getelementptr inbounds i8, ptr %fields, i64 8
  %1 = load ptr, ptr %0, align 8
  store ptr %1, ptr %r0, align 8
  %2 = getelementptr inbounds i8, ptr %0, i64 8
  %3 = load i64, ptr %2, align 8
  %4 = getelementptr inbounds i8, ptr %r0, i64 8
  store i64 %3, ptr %4, align 8
  store ptr @text.0, ptr %r1, align 8
  %5 = getelementptr inbounds i8, ptr %r1, i64 8
  store i64 6, ptr %5, align 8
  %6 = load ptr, ptr %r1, align 8
  store ptr %6, ptr %list, align 8
  %7 = getelementptr inbounds i8, ptr %r1, i64 8
  %8 = load i64, ptr %7, align 8
  %9 = getelementptr inbounds i8, ptr %list, i64 8
  store i64 %8, ptr %9, align 8
  %10 = getelementptr inbounds i8, ptr %list, i64 16
  %11 = load ptr, ptr %r0, align 8
  store ptr %11, ptr %10, align 8
  %12 = getelementptr inbounds i8, ptr %r0, i64 8
  %13 = load i64, ptr %12, align 8
  %14 = getelementptr inbounds i8, ptr %10, i64 8
  store i64 %13, ptr %14, align 8
  %15 = call i64 @flow_text_concat(ptr %frame, ptr %r1, ptr %list, i64 2)
  %16 = icmp ne i64 %15, 0
  br i1 %16, label %fine, label %trap, !prof !0

fine:                                             ; preds = %b0
  %17 = getelementptr inbounds i8, ptr %event, i64 24
  %at = load i64, ptr %17, align 8
  %18 = call { i64, i1 } @llvm.sadd.with.overflow.i64(i64 %at, i64 30000)
  %19 = extractvalue { i64, i1 } %18, 0
  %20 = extractvalue { i64, i1 } %18, 1
  %21 = add i64 %19, 999999999999999999
  %22 = icmp ule i64 %21, 1999999999999999998
  %23 = xor i1 %20, true
  %24 = and i1 %22, %23
  br i1 %24, label %fine1, label %trap2, !prof !0

trap:                                             ; preds = %b0
  call void @flow_trap(ptr %frame, i32 1)
  ret i32 1

fine1:                                            ; preds = %fine
  call void @flow_arm(ptr %frame, i32 1, i64 %19)
  call void @flow_arm(ptr %frame, i32 2, i64 %19)
  %25 = load ptr, ptr %r0, align 8
  store ptr %25, ptr %list, align 8
  %26 = getelementptr inbounds i8, ptr %r0, i64 8
  %27 = load i64, ptr %26, align 8
  %28 = getelementptr inbounds i8, ptr %list, i64 8
  store i64 %27, ptr %28, align 8
  %29 = getelementptr inbounds i8, ptr %list, i64 16
  %30 = load ptr, ptr %r1, align 8
  store ptr %30, ptr %29, align 8
  %31 = getelementptr inbounds i8, ptr %r1, i64 8
  %32 = load i64, ptr %31, align 8
  %33 = getelementptr inbounds i8, ptr %29, i64 8
  store i64 %32, ptr %33, align 8
  call void @flow_send(ptr %frame, ptr @send.0, ptr %list, i64 2)
  ret i32 1

trap2:                                            ; preds = %fine
  call void @flow_trap(ptr %frame, i32 0)
  ret i32 1
}

; Function Attrs: nounwind
define internal i32 @"fn handle greet"(ptr %frame, ptr %event) #0 {
entry:
  %r0 = alloca i64, align 8
  br label %b0

b0:                                               ; preds = %entry
  %kind = load i32, ptr %event, align 4
  %0 = sext i32 %kind to i64
  store i64 %0, ptr %r0, align 8
  %1 = load i64, ptr %r0, align 8
  %2 = icmp eq i64 %1, 1
  br i1 %2, label %b1, label %else

b1:                                               ; preds = %b0
  %3 = call i64 @flow_receipt(ptr %frame, ptr %event)
  store i64 %3, ptr %r0, align 8
  %4 = load i64, ptr %r0, align 8
  %5 = and i64 %4, 8
  %6 = icmp ne i64 %5, 0
  %7 = zext i1 %6 to i64
  %8 = icmp ne i64 %7, 0
  br i1 %8, label %b3, label %b6

b2:                                               ; preds = %else
  %9 = call i64 @flow_timer_take(ptr %frame, ptr %event)
  store i64 %9, ptr %r0, align 8
  %10 = load i64, ptr %r0, align 8
  %11 = icmp eq i64 %10, 2
  br i1 %11, label %b4, label %else2

b3:                                               ; preds = %b1
  call void @flow_leave(ptr %frame)
  call void @flow_end(ptr %frame, i32 1, i32 -1, ptr null)
  ret i32 1

b4:                                               ; preds = %b2
  call void @flow_leave(ptr %frame)
  call void @flow_end(ptr %frame, i32 2, i32 -1, ptr @reason.1)
  ret i32 1

b5:                                               ; preds = %else2, %else1
  ret i32 0

b6:                                               ; preds = %else3, %b1
  ret i32 1

else:                                             ; preds = %b0
  %12 = icmp eq i64 %1, 2
  br i1 %12, label %b2, label %else1

else1:                                            ; preds = %else
  br label %b5

else2:                                            ; preds = %b2
  %13 = icmp eq i64 %10, -1
  br i1 %13, label %b5, label %else3

else3:                                            ; preds = %else2
  br label %b6
}

; Function Attrs: nounwind
define internal i32 @"fn ended"(ptr %frame, ptr %event) #0 {
entry:
  br label %b0

b0:                                               ; preds = %entry
  ret i32 0
}

; Function Attrs: nounwind willreturn
declare void @flow_begin(ptr, ptr) #1

; Function Attrs: nounwind willreturn
declare void @flow_enter(ptr, ptr, i32) #1

; Function Attrs: nounwind willreturn
declare i64 @flow_text_concat(ptr, ptr, ptr, i64) #1

; Function Attrs: nounwind willreturn
declare void @flow_trap(ptr, i32) #1

; Function Attrs: nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare { i64, i1 } @llvm.sadd.with.overflow.i64(i64, i64) #2

; Function Attrs: nounwind willreturn
declare void @flow_arm(ptr, i32, i64) #1

; Function Attrs: nounwind willreturn
declare void @flow_send(ptr, ptr, ptr, i64) #1

; Function Attrs: nounwind willreturn
declare i64 @flow_receipt(ptr, ptr) #1

; Function Attrs: nounwind willreturn
declare i64 @flow_timer_take(ptr, ptr) #1

; Function Attrs: nounwind willreturn
declare void @flow_leave(ptr) #1

; Function Attrs: nounwind willreturn
declare void @flow_end(ptr, i32, i32, ptr) #1

attributes #0 = { nounwind "frame-pointer"="all" }
attributes #1 = { nounwind willreturn }
attributes #2 = { nocallback nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1048575, i32 1}
